#include "grid/balance/repartition.h"

#include "base/contract.h"
#include "grid/partition/cut_rule.h"
#include "grid/partition/rank_speeds.h"
#include "grid/partition/rcb.h"
#include "grid/partition/sfc.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace tessera::balance {

namespace {

using partition::CutNode;

/// A chunk of this rank, and the node of the current level that contains it.
struct OwnChunk {
  grid::Index index;
  double work;
  std::size_t node;
};

/// The nodes to be cut on one level of the tree, and histograms of the work in their boxes: one per node and
/// axis, with one bin per slice of the box.
class Level {
 public:
  explicit Level(std::vector<CutNode> nodes) : nodes_{std::move(nodes)} {
    std::size_t bins = 0;
    for (const CutNode& node : nodes_) {
      auto& first = first_bin_.emplace_back();
      for (int axis = 0; axis < 3; ++axis) {
        first[static_cast<std::size_t>(axis)] = bins;
        bins += static_cast<std::size_t>(node.box.extent(axis));
      }
    }
    bins_.assign(bins, 0.0);
  }

  const std::vector<CutNode>& nodes() const { return nodes_; }

  void add(const OwnChunk& chunk) {
    for (int axis = 0; axis < 3; ++axis) bins_[bin(chunk.node, axis, chunk.index[axis])] += chunk.work;
  }

  /// Sums the histograms over all ranks, then replaces each by its inclusive prefix sums. Collective.
  void reduce(const transport::Communicator& comm) {
    comm.allreduce_sum(std::span{bins_});
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      for (int axis = 0; axis < 3; ++axis) {
        const auto begin = bins_.begin() + static_cast<std::ptrdiff_t>(first(n, axis));
        std::partial_sum(begin, begin + nodes_[n].box.extent(axis), begin);
      }
    }
  }

  /// Work in a node's box below the plane `at` normal to `axis`. Valid after reduce().
  double below(std::size_t node, int axis, std::int64_t at) const { return bins_[bin(node, axis, at - 1)]; }

 private:
  std::size_t first(std::size_t node, int axis) const {
    return first_bin_[node][static_cast<std::size_t>(axis)];
  }
  std::size_t bin(std::size_t node, int axis, std::int64_t index) const {
    return first(node, axis) + static_cast<std::size_t>(index - nodes_[node].box.lower[axis]);
  }

  std::vector<CutNode> nodes_;
  std::vector<std::array<std::size_t, 3>> first_bin_;  // by node and axis
  std::vector<double> bins_;
};

/// The cut of a node, and the indices of its halves on the next level; `no_node` if a half is a leaf.
struct Halves {
  partition::Cut cut;
  std::size_t lower;
  std::size_t upper;
};
constexpr std::size_t no_node = static_cast<std::size_t>(-1);

/// Moves the starts of stretches so that every rank has a chunk, if there are enough chunks. Each stretch
/// either loses chunks at its ends or becomes a single chunk, so that chunks of different stretches are never
/// combined.
void avoid_empty_stretches(std::vector<std::int64_t>& first, std::int64_t chunks) {
  const auto ranks = static_cast<std::int64_t>(first.size());
  if (chunks < ranks) return;
  for (std::int64_t r = 1; r < ranks; ++r) {
    const auto n = static_cast<std::size_t>(r);
    first[n] = std::max(first[n], first[n - 1] + 1);
  }
  std::int64_t end = chunks;
  for (std::int64_t r = ranks - 1; r > 0; --r) {
    const auto n = static_cast<std::size_t>(r);
    first[n] = std::min(first[n], end - 1);
    end = first[n];
  }
}

void expect_chunk(const ChunkCost& cost, const grid::ChunkLayout& layout) {
  base::expects(cost.chunk >= 0 && cost.chunk < layout.chunk_count(),
                "the chunk of a cost must be in the layout");
}

}  // namespace

partition::CutTree cut_by_costs(const transport::Communicator& comm, const grid::ChunkLayout& layout,
                                std::span<const ChunkCost> own_work, std::span<const double> speeds) {
  const partition::RankSpeeds rank_speeds{speeds};
  partition::CutTree tree{rank_speeds.ranks()};
  std::vector<OwnChunk> own_chunks;
  own_chunks.reserve(own_work.size());
  for (const ChunkCost& c : own_work) {
    expect_chunk(c, layout);
    own_chunks.push_back({layout.index_of(c.chunk), c.cost, 0});
  }

  std::vector<CutNode> to_cut;
  const auto add_node = [&](const CutNode& node) {
    if (node.is_leaf()) return no_node;
    to_cut.push_back(node);
    return to_cut.size() - 1;
  };
  add_node(partition::root_of(layout.lattice(), rank_speeds.ranks()));
  while (!to_cut.empty()) {
    Level level{std::exchange(to_cut, {})};
    for (const OwnChunk& chunk : own_chunks) level.add(chunk);
    level.reduce(comm);

    std::vector<Halves> halves;
    for (std::size_t n = 0; n < level.nodes().size(); ++n) {
      const CutNode& node = level.nodes()[n];
      const partition::CostBelow cost_below = [&level, n](int axis, std::int64_t at) {
        return level.below(n, axis, at);
      };
      const double total = level.below(n, 2, node.box.upper[2]);
      const partition::Cut cut = partition::choose_cut(layout, node, total, cost_below, rank_speeds,
                                                       partition::CostSource::measured);
      tree[node.slot] = cut;
      const auto [lower, upper] = node.halves(cut);
      const std::size_t below = add_node(lower);
      halves.push_back({cut, below, add_node(upper)});
    }
    for (OwnChunk& chunk : own_chunks) {
      const Halves& h = halves[chunk.node];
      chunk.node = chunk.index[h.cut.axis] < h.cut.at ? h.lower : h.upper;
    }
    std::erase_if(own_chunks, [](const OwnChunk& chunk) { return chunk.node == no_node; });
  }
  return tree;
}

std::vector<std::int64_t> divide_curve_by_costs(const transport::Communicator& comm,
                                                const grid::ChunkLayout& layout,
                                                std::span<const ChunkCost> own_work,
                                                std::span<const double> speeds) {
  const partition::RankSpeeds rank_speeds{speeds};
  std::vector<std::pair<std::uint64_t, double>> work;  // position on the curve, work
  for (const ChunkCost& c : own_work) {
    expect_chunk(c, layout);
    work.emplace_back(partition::curve_position(layout, c.chunk), c.cost);
  }
  std::sort(work.begin(), work.end());
  const auto own_total = [&] {
    double sum = 0.0;
    for (const auto& [position, w] : work) sum += w;
    return sum;
  };
  double total = own_total();
  comm.allreduce_sum(std::span{&total, 1});
  if (!(total > 0.0)) {
    for (auto& [position, w] : work) w = 1.0;
    total = static_cast<double>(layout.chunk_count());
  }
  double before = comm.exclusive_prefix_sum(own_total());

  const int ranks = rank_speeds.ranks();
  const double speed = rank_speeds.sum(0, ranks);
  std::vector<std::int64_t> counts(speeds.size(), 0);  // number of chunks by destination rank
  for (const auto& [position, w] : work) {
    const int rank = rank_speeds.max_ranks(0, (before + 0.5 * w) / total * speed);
    ++counts[static_cast<std::size_t>(std::min(rank, ranks - 1))];
    before += w;
  }
  comm.allreduce_sum(std::span{counts});

  std::vector<std::int64_t> first;
  std::int64_t next = 0;
  for (const std::int64_t count : counts) {
    first.push_back(next);
    next += count;
  }
  base::expects(next == layout.chunk_count(), "the ranks must together have all chunks");
  avoid_empty_stretches(first, layout.chunk_count());
  return first;
}

std::unique_ptr<partition::Partition> repartition(const transport::Communicator& comm,
                                                  const partition::Partition& current, const CostTable& costs,
                                                  std::span<const double> speeds) {
  base::expects(current.ranks() == comm.size() && static_cast<int>(speeds.size()) == comm.size(),
                "the partition must be over the ranks of `comm`, with one speed per rank");
  const grid::ChunkLayout& layout = current.layout();
  const double speed = speeds[static_cast<std::size_t>(comm.rank())];
  std::vector<ChunkCost> work;
  for (const grid::Box& brick : current.bricks(comm.rank())) {
    for_each_index(brick, [&](const grid::Index& at) {
      const std::int64_t chunk = layout.id_of(at);
      work.push_back({chunk, costs.cost_of(chunk).value_or(0.0) * speed});
    });
  }
  if (current.name() == "sfc") {
    const std::vector<std::int64_t> first = divide_curve_by_costs(comm, layout, work, speeds);
    return std::make_unique<partition::Sfc>(layout, comm.size(), std::span{first});
  }
  return std::make_unique<partition::Rcb>(layout, comm.size(), cut_by_costs(comm, layout, work, speeds));
}

}  // namespace tessera::balance
