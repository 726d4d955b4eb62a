#include "grid/balance/cost_cuts.h"

#include "base/contract.h"
#include "grid/partition/cut_rule.h"
#include "grid/partition/rank_speeds.h"

#include <array>
#include <numeric>
#include <vector>

namespace tessera::balance {

namespace {

using partition::CutNode;

/// A chunk of this rank and the node of the current level that holds it.
struct Piece {
  grid::Index place;
  double work;
  std::size_t node;
};

/// The nodes of one level that are still to be cut, and the work in each slice of their boxes.
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

  void add(const Piece& piece) {
    for (int axis = 0; axis < 3; ++axis) bins_[bin(piece.node, axis, piece.place[axis])] += piece.work;
  }

  /// Sums over all ranks, and turns each histogram into the sums up to and with each slice.
  void reduce(const transport::Communicator& comm) {
    comm.sum(std::span{bins_});
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      for (int axis = 0; axis < 3; ++axis) {
        const auto begin = bins_.begin() + static_cast<std::ptrdiff_t>(first(n, axis));
        std::partial_sum(begin, begin + nodes_[n].box.extent(axis), begin);
      }
    }
  }

  /// Work below a plane of a node's box, after reduce().
  double below(std::size_t node, int axis, std::int64_t at) const { return bins_[bin(node, axis, at - 1)]; }

 private:
  std::size_t first(std::size_t node, int axis) const {
    return first_bin_[node][static_cast<std::size_t>(axis)];
  }
  std::size_t bin(std::size_t node, int axis, std::int64_t place) const {
    return first(node, axis) + static_cast<std::size_t>(place - nodes_[node].box.lower[axis]);
  }

  std::vector<CutNode> nodes_;
  std::vector<std::array<std::size_t, 3>> first_bin_;  // by node and axis
  std::vector<double> bins_;
};

/// A cut node's halves, as nodes of the next level: none for a half that is a leaf.
struct Halves {
  partition::Cut cut;
  std::size_t lower;
  std::size_t upper;
};
constexpr std::size_t none = static_cast<std::size_t>(-1);

}  // namespace

partition::CutTree cut_by_costs(const transport::Communicator& comm, const grid::ChunkLayout& layout,
                                std::span<const ChunkCost> own_work, std::span<const double> speeds) {
  const partition::RankSpeeds rank_speeds{speeds};
  partition::CutTree tree{rank_speeds.ranks()};
  std::vector<Piece> pieces;
  pieces.reserve(own_work.size());
  for (const ChunkCost& c : own_work) {
    base::expects(c.chunk >= 0 && c.chunk < layout.chunk_count(), "a cost is that of a chunk of the layout");
    pieces.push_back({layout.place_of(c.chunk), c.cost, 0});
  }

  std::vector<CutNode> to_cut;
  const auto number_of = [&](const CutNode& node) {
    if (node.is_leaf()) return none;
    to_cut.push_back(node);
    return to_cut.size() - 1;
  };
  number_of(partition::root_of(layout.lattice(), rank_speeds.ranks()));
  while (!to_cut.empty()) {
    Level level{std::exchange(to_cut, {})};
    for (const Piece& piece : pieces) level.add(piece);
    level.reduce(comm);

    std::vector<Halves> halves;
    for (std::size_t n = 0; n < level.nodes().size(); ++n) {
      const CutNode& node = level.nodes()[n];
      const partition::CostBelow cost_below = [&level, n](int axis, std::int64_t at) {
        return level.below(n, axis, at);
      };
      const double total = level.below(n, 2, node.box.upper[2]);
      const partition::Cut cut =
          partition::choose_cut(layout, node, total, cost_below, rank_speeds, partition::Costs::measured);
      tree[node.slot] = cut;
      const auto [lower, upper] = node.halves(cut);
      const std::size_t below = number_of(lower);
      halves.push_back({cut, below, number_of(upper)});
    }
    for (Piece& piece : pieces) {
      const Halves& h = halves[piece.node];
      piece.node = piece.place[h.cut.axis] < h.cut.at ? h.lower : h.upper;
    }
    std::erase_if(pieces, [](const Piece& piece) { return piece.node == none; });
  }
  return tree;
}

}  // namespace tessera::balance
