#include "base/contract.h"
#include "grid/balance/repartition.h"
#include "grid/partition/sfc.h"
#include "support/weighted_partition.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

using namespace tessera;
using balance::ChunkCost;
using partition::Sfc;

namespace {

using Costs = std::vector<double>;         // by chunk
using Speeds = std::vector<double>;        // by rank
using Starts = std::vector<std::int64_t>;  // by rank: position of its first chunk on the curve

Speeds equal_speeds(int ranks) { return Speeds(static_cast<std::size_t>(ranks), 1.0); }

/// Initial partitions over the ranks of the test: even, uneven, and with all chunks on the last rank.
std::vector<Sfc> initial_partitions(const grid::ChunkLayout& layout) {
  const int size = world().size();
  std::vector<Sfc> all;
  all.emplace_back(layout, size);
  Starts uneven;
  for (int r = 0; r < size; ++r) uneven.push_back(std::min<std::int64_t>(r * r, layout.chunk_count()));
  all.emplace_back(layout, size, uneven);
  Starts last(static_cast<std::size_t>(size), 0);
  all.emplace_back(layout, size, last);
  return all;
}

Starts divide_curve(const Sfc& current, const Costs& costs, const Speeds& speeds) {
  std::vector<ChunkCost> own;
  for (const std::int32_t chunk : current.stretch(world().rank())) {
    own.push_back({chunk, costs[static_cast<std::size_t>(chunk)]});
  }
  std::reverse(own.begin(), own.end());  // any order is allowed
  return balance::divide_curve_by_costs(world(), current.layout(), own, speeds);
}

/// The total cost of each rank's segment.
std::vector<double> loads_of(const grid::ChunkLayout& layout, const Starts& starts, const Costs& costs) {
  const Sfc p{layout, static_cast<int>(starts.size()), starts};
  std::vector<double> loads;
  for (int r = 0; r < p.ranks(); ++r) {
    double load = 0.0;
    for (const std::int32_t chunk : p.stretch(r)) load += costs[static_cast<std::size_t>(chunk)];
    loads.push_back(load);
  }
  return loads;
}

Costs random_costs(const grid::ChunkLayout& layout, std::mt19937& random) {
  Costs costs(static_cast<std::size_t>(layout.chunk_count()));
  for (double& c : costs) c = static_cast<double>(1 + random() % 100);  // whole numbers add without rounding
  return costs;
}

}  // namespace

TEST_CASE("the partition matches the one computed serially from all costs") {
  std::mt19937 random{61};
  for (const grid::Index& cells :
       {grid::Index{{30, 1, 1}}, grid::Index{{23, 19, 1}}, grid::Index{{9, 7, 5}}}) {
    const grid::ChunkLayout layout{cells, {{1, 1, 1}}};
    const Costs costs = random_costs(layout, random);
    for (int ranks = 1; ranks <= 9; ++ranks) {
      const Starts expected = test::weighted_stretches(layout, ranks, costs);
      for (const Sfc& initial : initial_partitions(layout)) {
        CHECK(divide_curve(initial, costs, equal_speeds(ranks)) == expected);
      }
    }
  }
}

TEST_CASE("the load of each rank is within one chunk of its ideal, for any speeds") {
  std::mt19937 random{62};
  const grid::ChunkLayout layout{{{17, 13, 3}}, {{1, 1, 1}}};
  for (int n = 0; n < 10; ++n) {
    const Costs costs = random_costs(layout, random);
    const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
    const double heaviest = *std::max_element(costs.begin(), costs.end());
    for (int ranks = 1; ranks <= 9; ++ranks) {
      Speeds speeds(static_cast<std::size_t>(ranks));
      for (double& s : speeds) s = 0.5 * static_cast<double>(1 + random() % 6);
      const double total_speed = std::accumulate(speeds.begin(), speeds.end(), 0.0);
      const std::vector<double> loads =
          loads_of(layout, divide_curve(initial_partitions(layout)[0], costs, speeds), costs);
      CHECK(std::accumulate(loads.begin(), loads.end(), 0.0) == total);
      for (std::size_t r = 0; r < speeds.size(); ++r) {
        CHECK(std::abs(loads[r] - total * speeds[r] / total_speed) <= heaviest);
      }
    }
  }
}

TEST_CASE("a rank three times as fast gets three times the chunks") {
  const grid::ChunkLayout layout{{{8, 8, 1}}, {{1, 1, 1}}};
  const Costs costs(64, 0.25);
  for (const Sfc& initial : initial_partitions(layout)) {
    CHECK(divide_curve(initial, costs, {1.0, 3.0}) == Starts{0, 16});
    CHECK(divide_curve(initial, costs, {3.0, 1.0, 3.0, 1.0}) == Starts{0, 24, 32, 56});
  }
}

TEST_CASE("no rank is idle if there are enough chunks") {
  const grid::ChunkLayout layout{{{10, 1, 1}}, {{1, 1, 1}}};
  Costs costs(10, 0.0);
  costs[0] = 1.0;  // along a single row of chunks, the curve starts at the first one
  for (const Sfc& initial : initial_partitions(layout)) {
    CHECK(divide_curve(initial, costs, equal_speeds(4)) == Starts{0, 1, 2, 3});
    CHECK(divide_curve(initial, costs, equal_speeds(10)) == Starts{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  std::reverse(costs.begin(), costs.end());
  for (const Sfc& initial : initial_partitions(layout)) {
    CHECK(divide_curve(initial, costs, equal_speeds(4)) == Starts{0, 7, 8, 9});
  }
  costs = {1.0, 1.0, 1.0, 1.0, 90.0, 1.0, 1.0, 1.0, 1.0, 1.0};
  for (const Sfc& initial : initial_partitions(layout)) {
    CHECK(divide_curve(initial, costs, equal_speeds(3)) == Starts{0, 4, 5});
    const Starts starts = divide_curve(initial, costs, equal_speeds(13));
    CHECK(loads_of(layout, starts, costs).size() == 13);
  }
}

TEST_CASE("if all costs are zero, chunks are counted instead") {
  const grid::ChunkLayout layout{{{12, 1, 1}}, {{1, 1, 1}}};
  for (const Sfc& initial : initial_partitions(layout)) {
    CHECK(divide_curve(initial, Costs(12, 0.0), {1.0, 2.0}) == Starts{0, 4});
    CHECK(divide_curve(initial, Costs(12, 0.0), {1.0, 1.0, 1.0}) == Starts{0, 4, 8});
  }
}

TEST_CASE("missing costs and costs for chunks outside the layout are rejected") {
  const grid::ChunkLayout layout{{{12, 1, 1}}, {{1, 1, 1}}};
  CHECK_THROWS_AS(balance::divide_curve_by_costs(world(), layout, {}, Speeds{1.0}), base::ContractViolation);
  const std::vector<ChunkCost> out_of_range{{12, 1.0}};
  CHECK_THROWS_AS(balance::divide_curve_by_costs(world(), layout, out_of_range, Speeds{1.0}),
                  base::ContractViolation);
}
