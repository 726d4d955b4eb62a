#include "base/contract.h"
#include "grid/balance/repartition.h"
#include "grid/partition/rcb.h"
#include "support/cells.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace tessera;
using balance::ChunkCost;
using grid::Box;
using grid::Index;
using partition::CutTree;
using partition::Rcb;

namespace {

using Costs = std::vector<double>;   // by chunk
using Speeds = std::vector<double>;  // by rank

Speeds equal_speeds(int ranks) { return Speeds(static_cast<std::size_t>(ranks), 1.0); }

/// The costs of the chunks of this rank under a round-robin assignment, which no partition uses.
std::vector<ChunkCost> own_costs(const Costs& costs) {
  std::vector<ChunkCost> own;
  for (std::size_t n = 0; n < costs.size(); ++n) {
    if (static_cast<int>(n) % world().size() == world().rank())
      own.push_back({static_cast<std::int64_t>(n), costs[n]});
  }
  return own;
}

CutTree cut_tree(const grid::ChunkLayout& layout, const Costs& costs, const Speeds& speeds) {
  return balance::cut_by_costs(world(), layout, own_costs(costs), speeds);
}

/// The total cost of the chunks of each rank. Fails unless each chunk has exactly one owner.
std::vector<double> loads_of(const partition::Partition& p, const Costs& costs) {
  std::vector<double> loads;
  std::vector<int> owners(costs.size(), 0);
  for (int rank = 0; rank < p.ranks(); ++rank) {
    double load = 0.0;
    for (const Box& b : p.bricks(rank)) {
      test::for_each(b, [&](const Index& i) {
        const auto id = static_cast<std::size_t>(p.layout().id_of(i));
        ++owners[id];
        load += costs[id];
      });
    }
    loads.push_back(load);
  }
  for (const int n : owners) {
    if (n != 1) FAIL("a chunk has " << n << " owners");
  }
  return loads;
}

int count_idle_ranks(const partition::Partition& p) {
  int idle = 0;
  for (int rank = 0; rank < p.ranks(); ++rank) idle += p.bricks(rank).empty() ? 1 : 0;
  return idle;
}

/// The cost of the most expensive slice of the lattice normal to an axis.
double heaviest_slice(const grid::ChunkLayout& layout, const Costs& costs, int axis) {
  Costs slices(static_cast<std::size_t>(layout.lattice()[axis]), 0.0);
  test::for_each({{}, layout.lattice()}, [&](const Index& i) {
    slices[static_cast<std::size_t>(i[axis])] += costs[static_cast<std::size_t>(layout.id_of(i))];
  });
  return *std::max_element(slices.begin(), slices.end());
}

Costs random_costs(const grid::ChunkLayout& layout, std::mt19937& random) {
  Costs costs(static_cast<std::size_t>(layout.chunk_count()));
  for (double& c : costs) c = static_cast<double>(1 + random() % 100);  // whole numbers add without rounding
  return costs;
}

}  // namespace

TEST_CASE("equal costs that divide evenly give the initial cuts of a run") {
  for (const Index& cells : {Index{{64, 64, 64}}, Index{{128, 64, 1}}, Index{{256, 1, 1}}}) {
    const grid::ChunkLayout layout{cells, {{4, 4, 4}}};
    const Costs costs(static_cast<std::size_t>(layout.chunk_count()), 64.0);
    for (const int ranks : {1, 2, 4, 8, 16, 64}) {
      const Rcb start{layout, ranks};
      const Rcb cut{layout, ranks, cut_tree(layout, costs, equal_speeds(ranks))};
      for (int rank = 0; rank < ranks; ++rank) {
        if (cut.bricks(rank) != start.bricks(rank)) FAIL("rank " << rank << " of " << ranks);
      }
    }
  }
}

TEST_CASE("every chunk has exactly one owner for any costs, and no rank is idle if there are enough chunks") {
  std::mt19937 random{51};
  for (const Index& cells : {Index{{1, 1, 1}}, Index{{7, 1, 1}}, Index{{40, 30, 1}}, Index{{13, 7, 5}}}) {
    const grid::ChunkLayout layout{cells, {{2, 3, 1}}};
    for (const unsigned zeros : {0u, 1u, 9u, 10u}) {
      Costs costs = random_costs(layout, random);
      for (double& c : costs) c = random() % 10 < zeros ? 0.0 : c * c * c;
      for (int ranks = 1; ranks <= 9; ++ranks) {
        Speeds speeds(static_cast<std::size_t>(ranks));
        for (double& s : speeds) s = 0.5 + static_cast<double>(random() % 4);
        const Rcb p{layout, ranks, cut_tree(layout, costs, speeds)};
        loads_of(p, costs);
        CHECK(count_idle_ranks(p) == std::max<std::int64_t>(0, ranks - layout.chunk_count()));
      }
    }
  }
}

TEST_CASE("the cuts do not depend on which ranks pass which costs") {
  std::mt19937 random{52};
  const grid::ChunkLayout layout{{{24, 18, 10}}, {{2, 2, 2}}};
  const Costs costs = random_costs(layout, random);
  const Speeds speeds{1.0, 2.0, 1.0, 0.5, 1.5, 1.0, 1.0};
  // All costs are on rank 0.
  std::vector<ChunkCost> all;
  for (std::size_t n = 0; world().is_root() && n < costs.size(); ++n)
    all.push_back({static_cast<std::int64_t>(n), costs[n]});
  CHECK(balance::cut_by_costs(world(), layout, all, speeds) == cut_tree(layout, costs, speeds));
  // Costs of 0 may be omitted.
  Costs costs_with_zeros = costs;
  for (std::size_t n = 0; n < costs_with_zeros.size(); n += 3) costs_with_zeros[n] = 0.0;
  std::vector<ChunkCost> nonzero_costs = own_costs(costs_with_zeros);
  std::erase_if(nonzero_costs, [](const ChunkCost& c) { return c.cost == 0.0; });
  CHECK(balance::cut_by_costs(world(), layout, nonzero_costs, speeds) ==
        cut_tree(layout, costs_with_zeros, speeds));
}

TEST_CASE("all ranks get the same cuts even if sums are rounded") {
  std::mt19937 random{53};
  std::uniform_real_distribution<double> cost{1e-9, 1.0};
  const grid::ChunkLayout layout{{{32, 32, 16}}, {{2, 2, 2}}};
  Costs costs(static_cast<std::size_t>(layout.chunk_count()));
  for (double& c : costs) c = cost(random);
  const CutTree tree = cut_tree(layout, costs, equal_speeds(64));
  std::vector<std::int64_t> smallest;
  for (std::size_t slot = 0; slot < 63; ++slot) {
    smallest.insert(smallest.end(), {tree[slot].at, tree[slot].axis, tree[slot].lower_ranks});
  }
  std::vector<std::int64_t> largest = smallest;
  world().allreduce_min(std::span{smallest});
  world().allreduce_max(std::span{largest});
  CHECK(smallest == largest);
}

TEST_CASE("in one dimension, the largest load exceeds the mean by at most one chunk") {
  std::mt19937 random{54};
  for (int n = 0; n < 20; ++n) {
    const grid::ChunkLayout layout{{{40 + n, 1, 1}}, {{1, 1, 1}}};
    const Costs costs = random_costs(layout, random);
    const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
    for (int ranks = 1; ranks <= 9; ++ranks) {
      const Rcb p{layout, ranks, cut_tree(layout, costs, equal_speeds(ranks))};
      const std::vector<double> loads = loads_of(p, costs);
      CHECK(*std::max_element(loads.begin(), loads.end()) <=
            total / ranks + *std::max_element(costs.begin(), costs.end()));
    }
  }
}

TEST_CASE(
    "in two and three dimensions, the largest load exceeds the mean by at most one slice and by at most 12 "
    "%") {
  std::mt19937 random{55};
  for (const Index& lattice : {Index{{48, 40, 1}}, Index{{16, 18, 14}}}) {
    const grid::ChunkLayout layout{lattice, {{1, 1, 1}}};
    for (int n = 0; n < 5; ++n) {
      const Costs costs = random_costs(layout, random);
      const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
      const double slice = std::min(heaviest_slice(layout, costs, 0), heaviest_slice(layout, costs, 1));
      for (int ranks = 1; ranks <= 9; ++ranks) {
        const Rcb p{layout, ranks, cut_tree(layout, costs, equal_speeds(ranks))};
        const std::vector<double> loads = loads_of(p, costs);
        const double largest_load = *std::max_element(loads.begin(), loads.end());
        CAPTURE(ranks, grid::to_string({{}, lattice}), largest_load * ranks / total);
        CHECK(largest_load <= total / ranks + slice);
        CHECK(largest_load <= total / ranks * 1.12);
      }
    }
  }
}

TEST_CASE("a hot spot is divided among the ranks wherever it is") {
  const grid::ChunkLayout layout{{{64, 48, 1}}, {{1, 1, 1}}};
  for (int n = 0; n <= 8; ++n) {
    Costs costs(static_cast<std::size_t>(layout.chunk_count()));
    test::for_each({{}, layout.lattice()}, [&](const Index& i) {
      const double x = static_cast<double>(i[0]) - 8.0 * n;
      const double y = static_cast<double>(i[1]) - 6.0 * n;
      costs[static_cast<std::size_t>(layout.id_of(i))] = 1.0 + 30.0 * std::exp(-(x * x + y * y) / 60.0);
    });
    const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
    for (const int ranks : {2, 4, 7, 9}) {
      const Rcb p{layout, ranks, cut_tree(layout, costs, equal_speeds(ranks))};
      const std::vector<double> loads = loads_of(p, costs);
      CAPTURE(n, ranks);
      CHECK(*std::max_element(loads.begin(), loads.end()) < 1.2 * total / ranks);
    }
  }
}

TEST_CASE("cuts divide the costs in proportion to the speeds of the ranks") {
  const grid::ChunkLayout row{{{40, 1, 1}}, {{1, 1, 1}}};
  const Costs equal(40, 2.0);
  CHECK(loads_of(Rcb{row, 2, cut_tree(row, equal, {1.0, 3.0})}, equal) == std::vector{20.0, 60.0});
  CHECK(loads_of(Rcb{row, 4, cut_tree(row, equal, {1.0, 3.0, 1.0, 3.0})}, equal) ==
        std::vector{10.0, 30.0, 10.0, 30.0});
  const grid::ChunkLayout plane{{{32, 24, 1}}, {{1, 1, 1}}};
  const Costs costs(32 * 24, 1.0);
  const Speeds speeds{3.0, 1.0, 1.0, 3.0, 2.0, 2.0};
  const std::vector<double> loads = loads_of(Rcb{plane, 6, cut_tree(plane, costs, speeds)}, costs);
  for (std::size_t r = 0; r < speeds.size(); ++r) {
    CAPTURE(r);
    CHECK(loads[r] == Approx(64.0 * speeds[r]).margin(12.0));  // 768 chunks, total speed 12
  }
}

TEST_CASE("a cost for a chunk outside the layout is rejected") {
  const grid::ChunkLayout layout{{{4, 1, 1}}, {{1, 1, 1}}};
  const std::vector<ChunkCost> beyond{{4, 1.0}};
  CHECK_THROWS_AS(balance::cut_by_costs(world(), layout, beyond, Speeds{1.0, 1.0}), base::ContractViolation);
}
