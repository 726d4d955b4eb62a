#include "partition/rcb.h"

#include "base/contract.h"

#include <algorithm>
#include <array>
#include <cmath>
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
  const double total = cost_(node.box);

  struct Cut {
    int axis = -1;
    std::int64_t at = 0;
    int lower_ranks = 0;
    double load = std::numeric_limits<double>::infinity();  // largest cost a rank
    double area = 0.0;
  };
  const auto part = [&](int axis, std::int64_t from, std::int64_t to) {
    grid::Box box = node.box;
    box.lower[axis] = from;
    box.upper[axis] = to;
    return box;
  };
  // A rank's share in whole chunks of the box's mean cost: some rank has at least that.
  const auto load_of = [&](const grid::Box& box, double cost, int ranks) {
    const std::int64_t chunks = (box.volume() + ranks - 1) / ranks;
    return cost / static_cast<double>(box.volume()) * static_cast<double>(chunks);
  };
  const auto best_cut = [&](int axis) {
    const std::int64_t begin = node.box.lower[axis];
    const std::int64_t end = node.box.upper[axis];
    Cut best{axis, 0, 1, std::numeric_limits<double>::infinity(),
             cut_area(layout().cells_of(node.box), axis)};
    const auto consider = [&](std::int64_t at, int ranks) {
      if (at <= begin || at >= end || ranks < 1 || ranks >= node.count) return;
      const grid::Box below = part(axis, begin, at);
      const double cost = cost_(below);
      const double load = std::max(load_of(below, cost, ranks),
                                   load_of(part(axis, at, end), total - cost, node.count - ranks));
      if (load < best.load) {
        best.at = at;
        best.lower_ranks = ranks;
        best.load = load;
      }
    };
    // Costs are not negative, so the cost below a plane grows with it: bisect for the plane that the
    // ranks' halves ask for.
    const int half = node.count / 2;
    std::int64_t low = begin + 1;
    std::int64_t high = end - 1;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (cost_(part(axis, begin, middle)) * node.count < total * half) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // Where planes are few, ranks that follow a plane fit better than a plane that follows the ranks.
    for (const std::int64_t at : {low, low - 1}) {
      consider(at, half);
      const double share = total > 0.0 ? cost_(part(axis, begin, at)) / total * node.count : half;
      consider(at, static_cast<int>(std::floor(share)));
      consider(at, static_cast<int>(std::ceil(share)));
    }
    return best;
  };

  // Of the best cuts across each axis the one with the smallest load wins; within 5 % of it, the smallest
  // cut plane; then the slowest axis.
  std::array<Cut, 3> cuts;
  double best_load = std::numeric_limits<double>::infinity();
  for (int axis = 0; axis < 3; ++axis) {
    if (node.box.extent(axis) < 2) continue;
    cuts[static_cast<std::size_t>(axis)] = best_cut(axis);
    best_load = std::min(best_load, cuts[static_cast<std::size_t>(axis)].load);
  }
  Cut chosen;
  for (const Cut& cut : cuts) {
    if (cut.axis < 0 || cut.load > best_load * 1.05) continue;
    if (chosen.axis < 0 || cut.area <= chosen.area) chosen = cut;
  }
  base::expects(chosen.axis >= 0, "a lattice box of several chunks can be cut");

  Halves halves{{node.box, node.first, chosen.lower_ranks},
                {node.box, node.first + chosen.lower_ranks, node.count - chosen.lower_ranks}};
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
