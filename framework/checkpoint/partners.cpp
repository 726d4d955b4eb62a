#include "checkpoint/partners.h"

#include <algorithm>
#include <map>

namespace tessera::checkpoint {

std::vector<int> partners(const std::vector<int>& nodes) {
  std::map<int, std::vector<int>> ranks_of;
  for (std::size_t r = 0; r < nodes.size(); ++r) ranks_of[nodes[r]].push_back(static_cast<int>(r));
  std::vector<int> partner(nodes.size(), -1);
  if (ranks_of.size() < 2) return partner;
  for (auto node = ranks_of.begin(); node != ranks_of.end(); ++node) {
    auto next = std::next(node);
    if (next == ranks_of.end()) next = ranks_of.begin();
    for (std::size_t i = 0; i < node->second.size(); ++i) {
      partner[static_cast<std::size_t>(node->second[i])] = next->second[i % next->second.size()];
    }
  }
  return partner;
}

std::vector<int> kept_by(int rank, const std::vector<int>& partners) {
  std::vector<int> kept;
  for (std::size_t r = 0; r < partners.size(); ++r) {
    if (partners[r] == rank) kept.push_back(static_cast<int>(r));
  }
  return kept;
}

bool leads_node(int rank, const std::vector<int>& nodes) {
  const auto own = nodes.begin() + rank;
  return std::find(nodes.begin(), own, *own) == own;
}

}  // namespace tessera::checkpoint
