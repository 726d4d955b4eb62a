// Decisions of load balancing. The recorded steps take minutes, so that the duration of a check does not
// matter, and costs differ so much that the measured speeds of the ranks do not affect the decisions.
#include "grid/balance/repartition.h"
#include "grid/loop/balancer.h"
#include "parts.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using loop::Balancer;
using partition::Partition;

namespace {

constexpr double step_seconds = 1000.0;  // of an ordinary step
const grid::ChunkLayout layout{{{64, 2, 1}}, {{2, 2, 1}}};

grid::JobSpec job_of(std::int64_t every = 0) {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = layout.cells();
  job.performance.balance_every = every;
  return job;
}

std::unique_ptr<Partition> initial_partition() {
  return partition::make_partition(partition::Method::rcb, layout, world().size());
}

field::FieldStore store_of(const Partition& p) {
  std::vector<Box> bricks;
  for (const Box& b : p.bricks(world().rank())) bricks.push_back(layout.cells_of(b));
  return {{{"u", field::Scalar::float64, 1, 2, 1}}, bricks, 2};
}

/// Records an ordinary step, and `first` seconds for each chunk of rank 0 and `other` seconds for each other
/// chunk.
void record(Balancer& balancer, const Partition& p, double first, double other) {
  balancer.record_ordinary_steps(1, step_seconds);
  for (const Box& b : p.bricks(world().rank())) {
    test::for_each(
        b, [&](const Index& i) { balancer.record(layout.id_of(i), world().is_root() ? first : other); });
  }
}

std::int64_t chunks_of(const Partition& p, int rank) {
  std::int64_t count = 0;
  for (const Box& b : p.bricks(rank)) count += b.extent(0) * b.extent(1) * b.extent(2);
  return count;
}

/// Number of ranks on which the condition holds.
std::int64_t ranks_where(bool condition) {
  std::int64_t count = condition ? 1 : 0;
  world().allreduce_sum(std::span{&count, 1});
  return count;
}

/// Duration of a step with partition `p`, if each chunk that rank 0 owns in `current` takes `first` seconds
/// on rank 0, and each other chunk `other` seconds on its owner in `current`.
double slowest_rank_seconds(const Partition& p, const Partition& current, double first, double other,
                            const std::vector<double>& speeds) {
  std::vector<double> work(32);
  for (int r = 0; r < current.ranks(); ++r) {
    for (const Box& b : current.bricks(r)) {
      test::for_each(b, [&](const Index& i) {
        work[static_cast<std::size_t>(i[0])] = (r == 0 ? first : other) * speeds[static_cast<std::size_t>(r)];
      });
    }
  }
  double max_seconds = 0.0;
  for (int r = 0; r < p.ranks(); ++r) {
    double sum = 0.0;
    for (const Box& b : p.bricks(r)) {
      test::for_each(b, [&](const Index& i) { sum += work[static_cast<std::size_t>(i[0])]; });
    }
    max_seconds = std::max(max_seconds, sum / speeds[static_cast<std::size_t>(r)]);
  }
  return max_seconds;
}

}  // namespace

TEST_CASE("balancing is active with several ranks, more chunks than ranks and storage by bricks") {
  const bool several = world().size() > 1;
  CHECK(Balancer{world(), job_of(), *initial_partition()}.active() == several);
  grid::JobSpec job = job_of();
  job.performance.balance = false;
  CHECK_FALSE(Balancer{world(), job, *initial_partition()}.active());
  job = job_of();
  job.performance.bricks = false;
  CHECK_FALSE(Balancer{world(), job, *initial_partition()}.active());
  for (const int more : {0, 1}) {
    const grid::ChunkLayout few{{{world().size() + more, 1, 1}}, {{1, 1, 1}}};
    const auto p = partition::make_partition(partition::Method::rcb, few, world().size());
    CHECK(Balancer{world(), job_of(), *p}.active() == (several && more == 1));
  }
}

TEST_CASE("the first look is after two steps, or as the job says") {
  for (const std::int64_t every : {0, 7}) {
    const Balancer balancer{world(), job_of(every), *initial_partition()};
    const std::int64_t first = every == 0 ? 2 : 7;
    for (std::int64_t step = 0; step < 10; ++step) {
      CHECK(balancer.steps_left(step) == (step < first ? first - step : 0));
    }
    CHECK(balancer.report().checks == 0);
    CHECK(balancer.report().imbalance == 0.0);
  }
}

TEST_CASE("a measurement is averaged with those before it, and imported costs are taken as they are") {
  Balancer balancer{world(), job_of(), *initial_partition()};
  const std::vector<balance::ChunkCost> known{{5, 8.0}};
  balancer.import(known);
  balancer.record(5, 4.0);
  balancer.record(6, 3.0);
  CHECK(balancer.costs().cost_of(5) == 6.0);
  CHECK(balancer.costs().cost_of(6) == 3.0);
  CHECK(balancer.costs().total() == 9.0);
}

TEST_CASE("the imbalance is the largest cost over the mean, less 1") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  record(balancer, *current, 16.0, 1.0);
  static_cast<void>(balancer.check(*current, store_of(*current), 2, step_seconds));
  const double first = 16.0 * static_cast<double>(chunks_of(*current, 0));
  const double others = static_cast<double>(32 - chunks_of(*current, 0));
  CHECK(balancer.report().imbalance == first / ((first + others) / world().size()) - 1.0);
  CHECK(balancer.report().checks == 1);
  CHECK(balancer.report().migrations == 0);
  CHECK(static_cast<int>(balancer.speeds().size()) == world().size());
}

TEST_CASE("while nothing pays, looks become rarer by half each time") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  record(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);  // no number of steps makes up for this
  std::int64_t step = 2;
  for (const std::int64_t interval : {16, 24, 36, 54, 81, 122, 183}) {
    CHECK(balancer.check(*current, store_of(*current), step, step_seconds) == nullptr);
    CHECK(balancer.steps_left(step) == interval);
    step += interval;
    CHECK(balancer.steps_left(step) == 0);
  }
  for (int n = 0; n < 20; ++n)
    static_cast<void>(balancer.check(*current, store_of(*current), step, step_seconds));
  CHECK(balancer.steps_left(step) == 4096);
  CHECK(balancer.report().checks == 27);
}

TEST_CASE("a look may take two hundredths of the steps up to the next one, by the cheapest look so far") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  record(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);
  // The slowest rank decides: there, a check takes the time of ten ordinary steps, then of five.
  const double extra = world().rank() == world().size() - 1 ? 10.01 * step_seconds : 0.0;
  static_cast<void>(balancer.check(*current, store_of(*current), 2, step_seconds + extra));
  CHECK(balancer.steps_left(2) == 500);
  static_cast<void>(balancer.check(*current, store_of(*current), 600, step_seconds + extra / 2));
  CHECK(balancer.steps_left(600) == 250);
  static_cast<void>(balancer.check(*current, store_of(*current), 900, step_seconds + extra));
  CHECK(balancer.steps_left(900) == 250);
}

TEST_CASE("an interval of the job is kept, whatever looks find or cost") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(7), *current};
  record(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);
  for (std::int64_t step = 7; step < 70; step += 7) {
    static_cast<void>(balancer.check(*current, store_of(*current), step, 100 * step_seconds));
    CHECK(balancer.steps_left(step) == 7);
  }
}

TEST_CASE("a migration reports the slowest rank's seconds and brings its costs along") {
  Balancer balancer{world(), job_of(), *initial_partition()};
  balance::CostTable costs;
  costs.record(3, 0.25);
  balancer.record_migration(costs, 1.0 + world().rank());
  balancer.record_migration(costs, world().is_root() ? 0.5 : 0.25);
  CHECK(balancer.report().migrations == 2);
  CHECK(balancer.report().seconds == world().size() + 0.5);
  CHECK(balancer.costs().total() == 0.25);
}

TEST_CASE("an unequal load moves chunks at once if that is cheap, and looks become more frequent",
          "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  std::int64_t step = 2;
  for (const std::int64_t interval : {16, 8, 4, 4}) {
    record(balancer, *current, 512.0, 1.0);
    const auto to = balancer.check(*current, store_of(*current), step, step_seconds);
    REQUIRE(ranks_where(to != nullptr) == world().size());
    const auto want = balance::repartition(world(), *current, balancer.costs(), balancer.speeds());
    std::int64_t chunks = 0;
    for (int r = 0; r < world().size(); ++r) {
      CHECK(to->bricks(r) == want->bricks(r));
      chunks += chunks_of(*to, r);
    }
    CHECK(chunks == 32);
    CHECK(slowest_rank_seconds(*to, *current, 512.0, 1.0, balancer.speeds()) <
          0.98 * 512.0 * static_cast<double>(chunks_of(*current, 0)));
    CHECK(balancer.steps_left(step) == interval);
    step += interval;
  }
}

TEST_CASE("a migration that is not cheap needs a second measurement that agrees", "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  balancer.record_migration(balance::CostTable{},
                            0.6 * step_seconds);  // more than half a step, less than the steps win back
  record(balancer, *current, 512.0, 1.0);
  CHECK(ranks_where(balancer.check(*current, store_of(*current), 2, step_seconds) != nullptr) == 0);
  CHECK(balancer.steps_left(2) == 1);
  record(balancer, *current, 600.0, 2.0);  // the smaller of the two measurements counts
  const double chunks = static_cast<double>(chunks_of(*current, world().rank()));
  CHECK(balancer.costs().total() == chunks * (world().is_root() ? 512.0 : 1.0));
  CHECK(ranks_where(balancer.check(*current, store_of(*current), 3, step_seconds) != nullptr) ==
        world().size());
  CHECK(balancer.steps_left(3) == 16);
}

TEST_CASE("what took long once is noise", "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), job_of(), *current};
  balancer.record_migration(balance::CostTable{}, 0.6 * step_seconds);
  record(balancer, *current, 512.0, 1.0);
  CHECK(balancer.check(*current, store_of(*current), 2, step_seconds) == nullptr);
  CHECK(balancer.steps_left(2) == 1);
  // In the second measurement no chunk costs anything, so no partition is better.
  record(balancer, *current, 0.0, 0.0);
  CHECK(balancer.costs().total() == 0.0);
  CHECK(ranks_where(balancer.check(*current, store_of(*current), 3, step_seconds) != nullptr) == 0);
  CHECK(balancer.steps_left(3) == 16);
  record(balancer, *current, 8.0, 8.0);
  // Confirmation is over: measurements are averaged again.
  CHECK(balancer.costs().total() == 4.0 * static_cast<double>(chunks_of(*current, world().rank())));
}
