#include "grid/partition/cut_rule.h"

#include "base/contract.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace tessera::partition {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A possible cut, and the criteria by which cuts are compared.
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

/// Area of the cut plane in cells, doubled if the plane is normal to x: each of the ghost cells along such a
/// plane is in a separate cache line, and the cut shortens the rows that kernels vectorise over.
double cut_area(const grid::Box& cells, int axis) {
  double area = axis == 0 ? 2.0 : 1.0;
  for (int a = 0; a < 3; ++a) {
    if (a != axis) area *= static_cast<double>(cells.extent(a));
  }
  return area;
}

/// The largest expected ratio of a rank's cost to its speed if `ranks` ranks share the chunks of `part`.
/// `cost`: cost of the part; `speed`: total speed of the ranks.
double load_of(const grid::Box& part, double cost, int ranks, double speed) {
  const std::int64_t chunks = (part.volume() + ranks - 1) / ranks;
  return cost / static_cast<double>(part.volume()) * static_cast<double>(chunks) / (speed / ranks);
}

/// The factor by which a load may exceed the smallest load if the cut plane is smaller.
double tolerance(int ranks, CostSource source) {
  const auto levels = std::bit_width(static_cast<unsigned>(ranks - 1));
  return 1.0 + (source == CostSource::measured ? 0.05 / static_cast<double>(levels) : 0.05);
}

/// The number of ranks for the lower part, as close to `ranks` as possible, that leaves neither part with
/// fewer chunks than ranks, unless both have fewer. `count`: total number of ranks of both parts.
int fitting_ranks(int ranks, int count, std::int64_t chunks_below, std::int64_t chunks_above) {
  const std::int64_t fewest = std::min(chunks_below, count - chunks_above);
  const std::int64_t most = std::max(chunks_below, count - chunks_above);
  return static_cast<int>(std::clamp<std::int64_t>(ranks, std::max<std::int64_t>(fewest, 1),
                                                   std::min<std::int64_t>(most, count - 1)));
}

/// The candidate with the smallest load among the cuts normal to `axis`. For arguments, see choose_cut().
Candidate best_candidate(int axis, const grid::ChunkLayout& layout, const CutNode& node, double total,
                         const CostBelow& cost_below, const RankSpeeds& speeds, CostSource source) {
  const std::int64_t begin = node.box.lower[axis];
  const std::int64_t end = node.box.upper[axis];
  const double speed = speeds.sum(node.first_rank, node.rank_count);
  Candidate best{{}, infinity, cut_area(layout.cells_of(node.box), axis)};
  const auto consider = [&](std::int64_t at, double cost, int wanted_ranks) {
    const grid::Box below = part_of(node.box, axis, begin, at);
    const grid::Box above = part_of(node.box, axis, at, end);
    const int ranks = source == CostSource::measured
                          ? fitting_ranks(wanted_ranks, node.rank_count, below.volume(), above.volume())
                          : std::clamp(wanted_ranks, 1, node.rank_count - 1);
    const double speed_below = speeds.sum(node.first_rank, ranks);
    const double load = std::max(load_of(below, cost, ranks, speed_below),
                                 load_of(above, total - cost, node.rank_count - ranks, speed - speed_below));
    if (load < best.load) {
      best.cut = {at, axis, ranks};
      best.load = load;
    }
  };
  // The cost below a plane does not decrease with its position, so bisection finds the plane that divides the
  // cost in proportion to the speeds of the two halves of the ranks.
  const int half = node.rank_count / 2;
  const double speed_of_half = speeds.sum(node.first_rank, half);
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
    consider(at, cost, speeds.max_ranks(node.first_rank, share));
    consider(at, cost, speeds.min_ranks(node.first_rank, share));
  }
  return best;
}

}  // namespace

Cut choose_cut(const grid::ChunkLayout& layout, const CutNode& node, double total,
               const CostBelow& cost_below, const RankSpeeds& speeds, CostSource source) {
  base::expects(!node.is_leaf(), "only a node with several chunks and ranks can be cut");
  if (!(total > 0.0)) {
    const CostBelow cells_below = [&](int axis, std::int64_t at) {
      return static_cast<double>(layout.cells_of(part_of(node.box, axis, node.box.lower[axis], at)).volume());
    };
    return choose_cut(layout, node, static_cast<double>(layout.cells_of(node.box).volume()), cells_below,
                      speeds, source);
  }
  std::array<Candidate, 3> best;
  double smallest_load = infinity;
  for (int axis = 0; axis < 3; ++axis) {
    if (node.box.extent(axis) < 2) continue;
    Candidate& candidate = best[static_cast<std::size_t>(axis)];
    candidate = best_candidate(axis, layout, node, total, cost_below, speeds, source);
    smallest_load = std::min(smallest_load, candidate.load);
  }
  const double load_limit = smallest_load * tolerance(node.rank_count, source);
  Candidate chosen;
  for (const Candidate& candidate : best) {
    if (candidate.cut.axis < 0 || candidate.load > load_limit) continue;
    if (chosen.cut.axis < 0 || candidate.area <= chosen.area) chosen = candidate;
  }
  return chosen.cut;
}

}  // namespace tessera::partition
