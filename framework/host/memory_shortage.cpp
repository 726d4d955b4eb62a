#include "host/memory_shortage.h"

#include "base/text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace tessera::host {

namespace {

std::string only_left(const MemoryLimit& limit) {
  return fmt::format("only {} is left of {}", base::format_bytes(limit.bytes), limit.source);
}

std::optional<Shortage> shortage_of_process(int rank, const RankNeed& need, const RankLimits& limits) {
  const auto compare = [&](double bytes, const MemoryLimit& limit,
                           const char* advice) -> std::optional<Shortage> {
    if (bytes <= limit.bytes) return std::nullopt;
    return Shortage{
        fmt::format("rank {} on {} needs {} of memory", rank, limits.host, base::format_bytes(bytes)),
        only_left(limit), advice};
  };
  if (auto shortage = compare(need.at_start(), limits.process.address_space, "raise the limit (ulimit -v)"))
    return shortage;
  return compare(need.private_bytes, limits.process.data, "raise the limit (ulimit -d)");
}

}  // namespace

std::optional<Shortage> find_shortage(const std::vector<RankNeed>& needs,
                                      const std::vector<RankLimits>& limits) {
  struct Node {
    int ranks = 0;
    double total = 0.0;
    double largest = 0.0;
  };
  std::map<int, Node> nodes;  // by lowest rank
  for (std::size_t r = 0; r < needs.size(); ++r) {
    if (auto shortage = shortage_of_process(static_cast<int>(r), needs[r], limits[r])) return shortage;
    Node& node = nodes[limits[r].node];
    ++node.ranks;
    node.total += needs[r].total();
    node.largest = std::max(node.largest, needs[r].total());
  }
  for (const auto& [leader, node] : nodes) {
    const RankLimits& own = limits[static_cast<std::size_t>(leader)];
    if (node.total <= own.node_memory.bytes) continue;
    const std::string text =
        node.ranks == 1
            ? fmt::format("rank {} on {} needs {} of memory", leader, own.host,
                          base::format_bytes(node.total))
            : fmt::format("the {} ranks on {} need {} of memory, up to {} each", node.ranks, own.host,
                          base::format_bytes(node.total), base::format_bytes(node.largest));
    return Shortage{text, only_left(own.node_memory), "use more nodes, or raise the limit"};
  }
  return std::nullopt;
}

}  // namespace tessera::host
