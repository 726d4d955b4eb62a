// Partitions for given costs of the chunks, computed serially from the costs of all chunks.
#pragma once

#include "grid/partition/cut_rule.h"
#include "grid/partition/partition.h"
#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"
#include "support/cells.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tessera::test {

using Costs = std::vector<double>;  // cost of each chunk

/// Returns the total cost of a box of chunks.
inline double cost_of(const grid::ChunkLayout& layout, const Costs& costs, const grid::Box& chunks) {
  double sum = 0.0;
  test::for_each(chunks,
                 [&](const grid::Index& p) { sum += costs[static_cast<std::size_t>(layout.id_of(p))]; });
  return sum;
}

/// Returns, for each rank, the position on the curve at which its chunks begin. Rank r gets the chunks whose
/// midpoint in cumulative cost, as a fraction of the total, lies in [r, r+1) / ranks.
inline std::vector<std::int64_t> weighted_stretches(const grid::ChunkLayout& layout, int ranks,
                                                    const Costs& costs) {
  const partition::Sfc curve{layout, 1};
  double total = 0.0;
  for (const std::int32_t chunk : curve.stretch(0)) total += costs[static_cast<std::size_t>(chunk)];
  std::vector<std::int64_t> first(static_cast<std::size_t>(ranks), layout.chunk_count());
  double before = 0.0;
  std::int64_t position = 0;
  for (const std::int32_t chunk : curve.stretch(0)) {
    const double cost = costs[static_cast<std::size_t>(chunk)];
    const double middle = total > 0.0 ? (before + 0.5 * cost) / total : 0.0;
    const int rank = std::min(ranks - 1, static_cast<int>(middle * static_cast<double>(ranks)));
    for (int r = 0; r <= rank; ++r) {
      first[static_cast<std::size_t>(r)] = std::min(first[static_cast<std::size_t>(r)], position);
    }
    before += cost;
    ++position;
  }
  return first;
}

/// Adds the cuts below `node` to `tree`.
inline void add_weighted_cuts(const grid::ChunkLayout& layout, const Costs& costs,
                              const partition::CutNode& node, partition::CutTree& tree) {
  if (node.is_leaf()) return;
  const auto cost_below = [&](int axis, std::int64_t at) {
    grid::Box below = node.box;
    below.upper[axis] = at;
    return cost_of(layout, costs, below);
  };
  const partition::Cut cut =
      partition::choose_cut(layout, node, cost_of(layout, costs, node.box), cost_below,
                            partition::RankSpeeds{tree.ranks()}, partition::CostSource::estimated);
  tree[node.slot] = cut;
  const auto [lower, upper] = node.halves(cut);
  add_weighted_cuts(layout, costs, lower, tree);
  add_weighted_cuts(layout, costs, upper, tree);
}

inline std::unique_ptr<partition::Partition> weighted_partition(partition::Method method,
                                                                const grid::ChunkLayout& layout, int ranks,
                                                                const Costs& costs) {
  if (method == partition::Method::sfc) {
    const std::vector<std::int64_t> first = weighted_stretches(layout, ranks, costs);
    return std::make_unique<partition::Sfc>(layout, ranks, std::span{first});
  }
  partition::CutTree tree{ranks};
  add_weighted_cuts(layout, costs, partition::root_of(layout.lattice(), ranks), tree);
  return std::make_unique<partition::Rcb>(layout, ranks, std::move(tree));
}

/// Returns the largest cost of a rank divided by the mean over all ranks, minus 1.
inline double imbalance(const partition::Partition& partition, const Costs& costs) {
  double largest = 0.0;
  double total = 0.0;
  for (int rank = 0; rank < partition.ranks(); ++rank) {
    double own = 0.0;
    for (const grid::Box& box : partition.bricks(rank)) own += cost_of(partition.layout(), costs, box);
    largest = std::max(largest, own);
    total += own;
  }
  return total > 0.0 ? largest * partition.ranks() / total - 1.0 : 0.0;
}

}  // namespace tessera::test
