#include "partition/rcb.h"

#include "base/contract.h"

#include <limits>

namespace tessera::partition {

namespace {

/// Area of the cut plane in cells. A plane across x counts double: its ghost cells are one to a cache
/// line, and it shortens the rows that kernels vectorise over.
double cut_area(const grid::Box& cells, int axis) {
  double area = axis == 0 ? 2.0 : 1.0;
  for (int a = 0; a < 3; ++a) {
    if (a != axis) area *= static_cast<double>(cells.extent(a));
  }
  return area;
}

}  // namespace

Rcb::Rcb(const grid::ChunkLayout& layout, int ranks, ChunkCosts costs)
    : Partition{layout}, cost_{layout, costs}, ranks_{ranks} {
  base::expects(ranks >= 1, "a partition needs a rank");
}

Rcb::Node Rcb::root() const { return {{{}, layout().lattice()}, 0, ranks_}; }

std::optional<Rcb::Halves> Rcb::split(const Node& node) const {
  if (node.count == 1 || node.box.volume() == 1) return std::nullopt;
  const int lower_ranks = node.count / 2;
  const int upper_ranks = node.count - lower_ranks;
  const double total = cost_(node.box);

  // Candidates are the best cut across each axis. The one with the smallest load per rank wins; within
  // 5 % of it, the smallest cut plane; then the slowest axis.
  struct Cut {
    int axis = -1;
    std::int64_t at = 0;
    double load = std::numeric_limits<double>::infinity();
    double area = 0.0;
  };
  std::array<Cut, 3> cuts;
  double best_load = std::numeric_limits<double>::infinity();
  for (int axis = 0; axis < 3; ++axis) {
    if (node.box.extent(axis) < 2) continue;
    const auto load_of = [&](std::int64_t at) {
      grid::Box lower = node.box;
      lower.upper[axis] = at;
      const double below = cost_(lower);
      return std::max(below / lower_ranks, (total - below) / upper_ranks);
    };
    // Costs are not negative, so the cost below a plane grows with it: bisect for the balance point.
    std::int64_t low = node.box.lower[axis] + 1;
    std::int64_t high = node.box.upper[axis] - 1;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      grid::Box lower = node.box;
      lower.upper[axis] = middle;
      if (cost_(lower) * node.count < total * lower_ranks) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    Cut cut{axis, low, load_of(low), cut_area(layout().cells_of(node.box), axis)};
    if (low - 1 > node.box.lower[axis] && load_of(low - 1) < cut.load) {
      cut.at = low - 1;
      cut.load = load_of(low - 1);
    }
    cuts[static_cast<std::size_t>(axis)] = cut;
    best_load = std::min(best_load, cut.load);
  }
  Cut chosen;
  for (const Cut& cut : cuts) {
    if (cut.axis < 0 || cut.load > best_load * 1.05) continue;
    if (chosen.axis < 0 || cut.area <= chosen.area) chosen = cut;
  }
  base::expects(chosen.axis >= 0, "a lattice box of several chunks can be cut");

  Halves halves{{node.box, node.first, lower_ranks}, {node.box, node.first + lower_ranks, upper_ranks}};
  halves.lower.box.upper[chosen.axis] = chosen.at;
  halves.upper.box.lower[chosen.axis] = chosen.at;
  return halves;
}

std::vector<grid::Box> Rcb::bricks(int rank) const {
  Node node = root();
  while (const auto halves = split(node)) {
    node = rank < halves->upper.first ? halves->lower : halves->upper;
  }
  if (rank != node.first) return {};  // more ranks than chunks: the first of them has the chunk
  return {node.box};
}

void Rcb::visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit_owner) const {
  if (chunks.empty()) return;
  visit(root(), chunks, visit_owner);
}

void Rcb::visit(const Node& node, const grid::Box& chunks,
                const std::function<void(const Owner&)>& visit_owner) const {
  if (grid::intersection(node.box, chunks).empty()) return;
  if (const auto halves = split(node)) {
    visit(halves->lower, chunks, visit_owner);
    visit(halves->upper, chunks, visit_owner);
  } else {
    visit_owner({node.first, 0, node.box});
  }
}

}  // namespace tessera::partition
