#include "grid/partition/cut_rule.h"

#include "base/contract.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace tessera::partition {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A cut and the criteria that it is judged by.
struct Candidate {
  Cut cut;
  double load = infinity;
  double area = 0.0;
};

grid::Box part_of(grid::Box box, int axis, std::int64_t from, std::int64_t to) {
  box.lower[axis] = from;
  box.upper[axis] = to;
  return box;
}

/// Area of the cut plane in cells. A plane normal to x counts twice: each of its ghost cells is on a cache
/// line of its own, and it shortens the rows that kernels vectorise over.
double cut_area(const grid::Box& cells, int axis) {
  double area = axis == 0 ? 2.0 : 1.0;
  for (int a = 0; a < 3; ++a) {
    if (a != axis) area *= static_cast<double>(cells.extent(a));
  }
  return area;
}

/// The largest quotient of cost and speed to be expected of `ranks` ranks that share a part in whole chunks.
double load_of(const grid::Box& part, double cost, int ranks, double speed) {
  const std::int64_t chunks = (part.volume() + ranks - 1) / ranks;
  return cost / static_cast<double>(part.volume()) * static_cast<double>(chunks) / (speed / ranks);
}

/// The factor by which a load may exceed the smallest one in favour of a smaller cut plane.
double tolerance(int ranks, Costs costs) {
  const auto levels = std::bit_width(static_cast<unsigned>(ranks - 1));
  return 1.0 + (costs == Costs::measured ? 0.05 / static_cast<double>(levels) : 0.05);
}

/// The number closest to `ranks` that gives neither part fewer chunks than ranks, unless both get fewer.
int fitting_ranks(int ranks, int count, std::int64_t chunks_below, std::int64_t chunks_above) {
  const std::int64_t fewest = std::min(chunks_below, count - chunks_above);
  const std::int64_t most = std::max(chunks_below, count - chunks_above);
  return static_cast<int>(std::clamp<std::int64_t>(ranks, std::max<std::int64_t>(fewest, 1),
                                                   std::min<std::int64_t>(most, count - 1)));
}

Candidate best_across(int axis, const grid::ChunkLayout& layout, const CutNode& node, double total,
                      const CostBelow& cost_below, const RankSpeeds& speeds, Costs costs) {
  const std::int64_t begin = node.box.lower[axis];
  const std::int64_t end = node.box.upper[axis];
  const double speed = speeds.sum(node.first, node.count);
  Candidate best{{}, infinity, cut_area(layout.cells_of(node.box), axis)};
  const auto consider = [&](std::int64_t at, double cost, int wanted) {
    const grid::Box below = part_of(node.box, axis, begin, at);
    const grid::Box above = part_of(node.box, axis, at, end);
    const int ranks = costs == Costs::measured
                          ? fitting_ranks(wanted, node.count, below.volume(), above.volume())
                          : std::clamp(wanted, 1, node.count - 1);
    const double speed_below = speeds.sum(node.first, ranks);
    const double load = std::max(load_of(below, cost, ranks, speed_below),
                                 load_of(above, total - cost, node.count - ranks, speed - speed_below));
    if (load < best.load) {
      best.cut = {at, axis, ranks};
      best.load = load;
    }
  };
  // The cost below a plane grows with its position: bisect for the plane that suits both halves of the ranks.
  const int half = node.count / 2;
  const double speed_of_half = speeds.sum(node.first, half);
  std::int64_t low = begin + 1;
  std::int64_t high = end - 1;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (cost_below(axis, middle) * speed < total * speed_of_half) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (const std::int64_t at : {low, low - 1}) {
    if (at <= begin) continue;
    const double cost = cost_below(axis, at);
    const double share = cost / total * speed;
    consider(at, cost, half);
    consider(at, cost, speeds.at_most(node.first, share));
    consider(at, cost, speeds.at_least(node.first, share));
  }
  return best;
}

}  // namespace

Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, Costs costs) {
  base::expects(!node.is_leaf(), "only a box of several chunks and ranks can be cut");
  if (!(total > 0.0)) {
    const CostBelow cells_below = [&](int axis, std::int64_t at) {
      return static_cast<double>(layout.cells_of(part_of(node.box, axis, node.box.lower[axis], at)).volume());
    };
    return choose_cut(layout, node, static_cast<double>(layout.cells_of(node.box).volume()), cells_below,
                      speeds, costs);
  }
  std::array<Candidate, 3> best;
  double smallest_load = infinity;
  for (int axis = 0; axis < 3; ++axis) {
    if (node.box.extent(axis) < 2) continue;
    Candidate& across = best[static_cast<std::size_t>(axis)];
    across = best_across(axis, layout, node, total, cost_below, speeds, costs);
    smallest_load = std::min(smallest_load, across.load);
  }
  const double largest_load = smallest_load * tolerance(node.count, costs);
  Candidate chosen;
  for (const Candidate& candidate : best) {
    if (candidate.cut.axis < 0 || candidate.load > largest_load) continue;
    if (chosen.cut.axis < 0 || candidate.area <= chosen.area) chosen = candidate;
  }
  return chosen.cut;
}

}  // namespace tessera::partition
