#include "grid/balance/forecast.h"
#include "grid/balance/repartition.h"
#include "grid/partition/split_bricks.h"
#include "support/cells.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace tessera;
using balance::CostTable;
using balance::Forecast;
using balance::MigrationPlan;
using grid::Box;
using grid::Index;
using partition::Method;
using partition::Partition;

namespace {

using Speeds = std::vector<double>;

/// The costs that this rank would measure if each chunk took seconds(index) on a rank of speed 1.
CostTable measured_costs(const Partition& p, const Speeds& speeds,
                         const std::function<double(const Index&)>& seconds) {
  CostTable costs;
  for (const Box& b : p.bricks(world().rank())) {
    test::for_each(b, [&](const Index& i) {
      costs.record(p.layout().id_of(i), seconds(i) / speeds[static_cast<std::size_t>(world().rank())]);
    });
  }
  return costs;
}

Forecast forecast_of(const Partition& from, const Partition& to, const CostTable& costs,
                     const Speeds& speeds) {
  return balance::forecast(world(), MigrationPlan::make(from, to, world().rank()), from.layout(), costs,
                           speeds);
}

}  // namespace

TEST_CASE("a forecast gives the step time of the slowest rank before and after a migration") {
  const grid::ChunkLayout layout{{{12, 4, 1}}, {{1, 1, 1}}};
  const auto seconds = [](const Index& i) { return i[0] < 6 ? 0.25 : 0.75; };
  Speeds speeds(static_cast<std::size_t>(world().size()), 1.0);
  speeds.back() = 2.0;
  for (const Method method : {Method::rcb, Method::sfc}) {
    const auto from = partition::make_partition(method, layout, world().size());
    const auto to =
        partition::make_partition(method == Method::rcb ? Method::sfc : Method::rcb, layout, world().size());
    const auto slowest_seconds = [&](const Partition& p) {
      double slowest = 0.0;
      for (int rank = 0; rank < p.ranks(); ++rank) {
        double own = 0.0;
        for (const Box& b : p.bricks(rank)) test::for_each(b, [&](const Index& i) { own += seconds(i); });
        slowest = std::max(slowest, own / speeds[static_cast<std::size_t>(rank)]);
      }
      return slowest;
    };
    const CostTable costs = measured_costs(*from, speeds, seconds);
    const Forecast change = forecast_of(*from, *to, costs, speeds);
    CHECK(change.seconds_now == slowest_seconds(*from));
    CHECK(change.seconds_after == slowest_seconds(*to));
    const Forecast no_change = forecast_of(*from, *from, costs, speeds);
    CHECK(no_change.seconds_now == no_change.seconds_after);
  }
}

TEST_CASE("chunks follow a moving hot spot as long as migrations pay off") {
  const Method method = GENERATE(Method::rcb, Method::sfc);
  const grid::ChunkLayout layout{{{48, 48, 1}}, {{2, 2, 1}}};
  const Speeds speeds(static_cast<std::size_t>(world().size()), 1.0);
  std::unique_ptr<Partition> current = partition::make_partition(method, layout, world().size());
  int migrations = 0;
  for (int n = 0; n <= 6; ++n) {
    const auto seconds = [&](const Index& i) {
      const double x = static_cast<double>(i[0]) - 4.0 * n;
      const double y = static_cast<double>(i[1]) - 2.0;
      return 1e-3 * (1.0 + 40.0 * std::exp(-(x * x + y * y) / 18.0));
    };
    double total = 0.0;
    double slice = 0.0;  // cost of the most expensive row or column
    for (std::int64_t at = 0; at < 24; ++at) {
      double row = 0.0;
      double column = 0.0;
      test::for_each({{{0, at, 0}}, {{24, at + 1, 1}}}, [&](const Index& i) { row += seconds(i); });
      test::for_each({{{at, 0, 0}}, {{at + 1, 24, 1}}}, [&](const Index& i) { column += seconds(i); });
      slice = std::max({slice, row, column});
      total += row;
    }
    const CostTable costs = measured_costs(*current, speeds, seconds);
    auto next = balance::repartition(world(), *current, costs, speeds);
    REQUIRE(next->name() == current->name());
    const Forecast f = forecast_of(*current, *next, costs, speeds);
    CAPTURE(n, f.seconds_now, f.seconds_after, total);
    CHECK(f.seconds_after >= total / world().size() * (1.0 - 1e-12));
    CHECK(f.seconds_after < total / world().size() + slice);
    if (balance::should_migrate({f.seconds_now, f.seconds_after, 0.01, 1000})) {
      ++migrations;
      current = std::move(next);
    }
    // A second migration would not pay off.
    const CostTable settled = measured_costs(*current, speeds, seconds);
    const auto again = balance::repartition(world(), *current, settled, speeds);
    const Forecast further = forecast_of(*current, *again, settled, speeds);
    CHECK_FALSE(balance::should_migrate({further.seconds_now, further.seconds_after, 0.01, 1000}));
  }
  if (world().size() == 1) CHECK(migrations == 0);
  if (world().size() > 1) CHECK(migrations > 1);
}

TEST_CASE("repartition() gives ranks chunks in proportion to their speeds") {
  const Method method = GENERATE(Method::rcb, Method::sfc);
  const grid::ChunkLayout layout{{{32, 32, 1}}, {{1, 1, 1}}};
  const auto seconds = [](const Index&) { return 1.0; };
  Speeds speeds(static_cast<std::size_t>(world().size()), 1.0);
  speeds[0] = 3.0;
  const auto start = partition::make_partition(method, layout, world().size());
  const auto next = balance::repartition(world(), *start, measured_costs(*start, speeds, seconds), speeds);
  const double ideal = 1024.0 / (world().size() + 2.0);
  for (int rank = 0; rank < world().size(); ++rank) {
    std::int64_t chunks = 0;
    for (const Box& b : next->bricks(rank)) chunks += b.volume();
    CAPTURE(rank);
    CHECK(std::abs(static_cast<double>(chunks) - ideal * speeds[static_cast<std::size_t>(rank)]) <= 32.0);
  }
}

TEST_CASE("a partition with one brick per chunk is repartitioned like one with larger bricks") {
  const Method method = GENERATE(Method::rcb, Method::sfc);
  const grid::ChunkLayout layout{{{18, 10, 1}}, {{2, 2, 1}}};
  const Speeds speeds(static_cast<std::size_t>(world().size()), 1.0);
  const auto seconds = [](const Index& i) { return static_cast<double>(1 + i[0] * i[1]); };
  const auto whole = partition::make_partition(method, layout, world().size());
  const partition::SplitBricks split{partition::make_partition(method, layout, world().size())};
  const CostTable costs = measured_costs(*whole, speeds, seconds);
  const auto from_whole = balance::repartition(world(), *whole, costs, speeds);
  const auto from_split = balance::repartition(world(), split, costs, speeds);
  CHECK(from_split->name() == whole->name());
  for (int rank = 0; rank < world().size(); ++rank)
    CHECK(from_split->bricks(rank) == from_whole->bricks(rank));
}
