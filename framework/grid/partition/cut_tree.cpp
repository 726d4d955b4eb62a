#include "grid/partition/cut_tree.h"

#include "base/contract.h"

namespace tessera::partition {

std::pair<CutNode, CutNode> CutNode::halves(const Cut& cut) const {
  CutNode lower{box, first, cut.lower_ranks, slot + 1};
  CutNode upper{box, first + cut.lower_ranks, count - cut.lower_ranks,
                slot + static_cast<std::size_t>(cut.lower_ranks)};
  lower.box.upper[cut.axis] = cut.at;
  upper.box.lower[cut.axis] = cut.at;
  return {lower, upper};
}

CutTree::CutTree(int ranks) {
  base::expects(ranks >= 1, "a tree of cuts needs a rank");
  cuts_.resize(static_cast<std::size_t>(ranks) - 1);
}

CutNode root_of(const grid::Index& lattice, int ranks) { return {{{}, lattice}, 0, ranks, 0}; }

}  // namespace tessera::partition
