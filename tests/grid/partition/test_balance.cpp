#include "grid/partition/partition.h"
#include "support/cells.h"
#include "support/weighted_partition.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>
#include <functional>
#include <numeric>
#include <random>

using namespace tessera;
using grid::Box;
using grid::Index;
using partition::Method;

namespace {

/// CPU time of `work` in seconds, which does not depend on other processes on the machine.
double cpu_seconds(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_CASE("equal chunks are distributed evenly if their number is a multiple of the rank count") {
  for (const Method method : {Method::rcb, Method::sfc}) {
    for (const int ranks : {1, 2, 4, 8, 16, 64, 512}) {
      const auto p = partition::make_partition(method, {{{256, 256, 256}}, {{32, 32, 32}}}, ranks);
      CHECK(partition::imbalance(*p) == 0.0);
    }
  }
}

TEST_CASE("imbalance is the largest cell count of a rank over the mean, minus 1, including idle ranks") {
  const grid::ChunkLayout layout{{{8, 1, 1}}, {{2, 1, 1}}};
  for (const Method method : {Method::rcb, Method::sfc}) {
    CHECK(partition::imbalance(*partition::make_partition(method, layout, 1)) == 0.0);
    CHECK(partition::imbalance(*partition::make_partition(method, layout, 8)) == 1.0);
    // 4 and 5 cells; the mean is 4.5.
    const grid::ChunkLayout odd{{{9, 1, 1}}, {{2, 1, 1}}, 2};
    CHECK(partition::imbalance(*partition::make_partition(method, odd, 2)) == 10.0 / 9.0 - 1.0);
  }
}

TEST_CASE("a partition weighted by costs balances the costs") {
  const grid::ChunkLayout layout{{{4, 1, 1}}, {{1, 1, 1}}};
  const std::vector<double> costs{1.0, 1.0, 1.0, 5.0};
  for (const Method method : {Method::rcb, Method::sfc}) {
    CHECK(test::imbalance(*test::weighted_partition(method, layout, 1, costs), costs) == 0.0);
    // 1+1+1 and 5; the mean is 4.
    CHECK(test::imbalance(*test::weighted_partition(method, layout, 2, costs), costs) == 0.25);
    const std::vector<double> zero_costs(4, 0.0);
    CHECK(test::imbalance(*test::weighted_partition(method, layout, 3, zero_costs), zero_costs) == 0.0);
  }
}

TEST_CASE("the largest load of an SFC partition exceeds the mean by at most one chunk") {
  std::mt19937 random{12};
  std::uniform_real_distribution<double> cost{0.1, 10.0};
  const grid::ChunkLayout layout{{{23, 19, 11}}, {{1, 1, 1}}};
  std::vector<double> costs(static_cast<std::size_t>(layout.chunk_count()));
  for (double& c : costs) c = cost(random);
  const double total = std::accumulate(costs.begin(), costs.end(), 0.0);
  const double heaviest = *std::max_element(costs.begin(), costs.end());
  for (const int ranks : {2, 3, 7, 13, 64, 101, 997}) {
    const auto p = test::weighted_partition(Method::sfc, layout, ranks, costs);
    const double largest_load = (1.0 + test::imbalance(*p, costs)) * total / ranks;
    CHECK(largest_load <= total / ranks + heaviest * (1.0 + 1e-9));
  }
}

TEST_CASE("RCB balances smoothly varying costs") {
  const grid::ChunkLayout layout{{{64, 64, 32}}, {{1, 1, 1}}};
  std::vector<double> costs(static_cast<std::size_t>(layout.chunk_count()));
  test::for_each({{}, layout.lattice()}, [&](const Index& p) {
    costs[static_cast<std::size_t>(layout.id_of(p))] = 1.0 + static_cast<double>(p[0] + 2 * p[1]) / 32.0;
  });
  for (const int ranks : {2, 3, 5, 7, 16, 31, 64}) {
    const auto p = test::weighted_partition(Method::rcb, layout, ranks, costs);
    CAPTURE(ranks);
    CHECK(test::imbalance(*p, costs) < 0.16);
  }
}

TEST_CASE("RCB cuts a cube with equal chunks across z first, so that rows stay whole") {
  const grid::ChunkLayout layout{{{128, 128, 128}}, {{32, 32, 32}}};
  const auto two = partition::make_partition(Method::rcb, layout, 2);
  CHECK(two->bricks(0) == std::vector<Box>{{{}, {{4, 4, 2}}}});
  const auto four = partition::make_partition(Method::rcb, layout, 4);
  for (int rank = 0; rank < 4; ++rank) CHECK(four->bricks(rank).at(0).extents() == Index{{4, 2, 2}});
}

TEST_CASE("partitioning for a million ranks takes only seconds") {
  const grid::ChunkLayout layout{{{4096, 4096, 4096}}, {{32, 32, 32}}};  // 2^21 chunks
  for (const Method method : {Method::rcb, Method::sfc}) {
    CAPTURE(static_cast<int>(method));
    std::int64_t chunks = 0;
    int last = -1;
    const double seconds = cpu_seconds([&] {
      const auto p = partition::make_partition(method, layout, 1000003);
      p->visit_owners({{}, layout.lattice()}, [&](const partition::Owner& owner) {
        chunks += owner.chunks.volume();
        if (owner.rank < last) FAIL("ranks out of order");
        last = owner.rank;
      });
    });
    CHECK(chunks == layout.chunk_count());
    CHECK(last < 1000003);
    CHECK(seconds < 20.0);  // takes 1 to 2 s
  }
}

TEST_CASE("RCB finds the bricks of one rank without visiting all ranks") {
  const grid::ChunkLayout layout{{{std::int64_t{1} << 40, std::int64_t{1} << 20, 1}},
                                 {{1 << 10, 1 << 10, 1}}};
  const auto p = partition::make_partition(Method::rcb, layout, 2000000000);
  const double seconds = cpu_seconds([&] {
    CHECK(p->bricks(0).size() == 1);
    CHECK(p->bricks(1999999999).at(0).upper == layout.lattice());
  });
  CHECK(seconds < 0.5);
}
