// The cuts of a recursive bisection of the chunk lattice.
#pragma once

#include "base/contract.h"
#include "grid/geometry/box.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tessera::partition {

/// A plane of the lattice that divides a box, and the ranks that share the box, into two halves.
struct Cut {
  std::int64_t at = 0;  ///< first lattice index of the upper half
  int axis = -1;        ///< axis normal to the plane; -1: no cut
  int lower_ranks = 0;  ///< number of ranks, counted from the first, that share the lower half

  friend bool operator==(const Cut&, const Cut&) = default;
};

/// A node of the tree: a lattice box shared by the ranks [first_rank, first_rank + rank_count).
struct CutNode {
  grid::Box box;
  int first_rank = 0;
  int rank_count = 1;
  std::size_t slot = 0;  ///< index of the node's cut in a CutTree

  /// Whether the node has only one chunk or one rank, and is therefore not cut.
  bool is_leaf() const { return rank_count == 1 || box.volume() == 1; }
  /// The nodes below and above `cut`.
  std::pair<CutNode, CutNode> halves(const Cut& cut) const {
    CutNode lower{box, first_rank, cut.lower_ranks, slot + 1};
    CutNode upper{box, first_rank + cut.lower_ranks, rank_count - cut.lower_ranks,
                  slot + static_cast<std::size_t>(cut.lower_ranks)};
    lower.box.upper[cut.axis] = cut.at;
    upper.box.lower[cut.axis] = cut.at;
    return {lower, upper};
  }
};

/// All cuts in preorder; the same on all ranks. A node with n ranks has n - 1 slots, even if it does not use
/// all of them, so that the slots of both halves can be computed while descending the tree: the node's own
/// slot is followed by the slots of the lower half, then those of the upper half. Uses 16 bytes per rank.
class CutTree {
 public:
  explicit CutTree(int ranks) {
    base::expects(ranks >= 1, "a cut tree must have at least one rank");
    cuts_.resize(static_cast<std::size_t>(ranks) - 1);
  }

  int ranks() const { return static_cast<int>(cuts_.size()) + 1; }
  Cut& operator[](std::size_t slot) { return cuts_[slot]; }
  const Cut& operator[](std::size_t slot) const { return cuts_[slot]; }

  friend bool operator==(const CutTree&, const CutTree&) = default;

 private:
  std::vector<Cut> cuts_;
};

/// The root of the tree, whose box is the whole lattice.
inline CutNode root_of(const grid::Index& lattice, int ranks) { return {{{}, lattice}, 0, ranks, 0}; }

}  // namespace tessera::partition
