// Recursive coordinate bisection of the chunk lattice: every rank owns one box.
#pragma once

#include "grid/partition/cut_tree.h"
#include "grid/partition/partition.h"
#include "grid/partition/rank_speeds.h"

#include <optional>

namespace tessera::partition {

/// The method of Berger and Bokhari (1987), "A partitioning strategy for nonuniform problems on
/// multiprocessors", IEEE Trans. Comput. C-36(5), with cuts on chunk boundaries. Each query descends the tree
/// of cuts; finding the box of a rank involves O(log ranks) cuts.
class Rcb final : public Partition {
 public:
  /// Uses the cuts of choose_cut() for ranks of equal speed, with cell counts as costs. No rank stores the
  /// tree: each descent recomputes its cuts.
  Rcb(const grid::ChunkLayout& layout, int ranks);
  /// Uses the given cuts. Throws base::ContractViolation if the tree is for another number of ranks, or if a
  /// cut is not inside the box of its node or leaves a half without ranks.
  Rcb(const grid::ChunkLayout& layout, int ranks, CutTree cuts);

  std::string_view name() const override { return "rcb"; }
  int ranks() const override { return speeds_.ranks(); }
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

 private:
  void check_cuts(const CutNode& node) const;
  Cut cut_of(const CutNode& node) const;
  CutNode root() const { return root_of(layout().lattice(), ranks()); }
  void visit(const CutNode& node, const grid::Box& chunks,
             const std::function<void(const Owner&)>& visit) const;

  RankSpeeds speeds_;
  std::optional<CutTree> given_cuts_;
};

}  // namespace tessera::partition
