// Recursive coordinate bisection of the chunk lattice: every rank owns one box.
#pragma once

#include "partition/box_cost.h"
#include "partition/partition.h"

#include <optional>

namespace tessera::partition {

/// Berger and Bokhari (1987), "A partitioning strategy for nonuniform problems on multiprocessors",
/// IEEE Trans. Comput. C-36(5), with cuts on chunk boundaries. No rank stores the tree: each query
/// descends it, O(log ranks) cuts for a rank's own box.
class Rcb final : public Partition {
 public:
  Rcb(const grid::ChunkLayout& layout, int ranks, ChunkCosts costs);

  std::string_view name() const override { return "rcb"; }
  int ranks() const override { return ranks_; }
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

 private:
  /// A node of the tree: a lattice box shared by the ranks [first, first + count).
  struct Node {
    grid::Box box;
    int first;
    int count;
  };
  struct Halves {
    Node lower;
    Node upper;
  };
  std::optional<Halves> split(const Node& node) const;
  void visit(const Node& node, const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const;
  Node root() const;

  BoxCost cost_;
  int ranks_;
};

}  // namespace tessera::partition
