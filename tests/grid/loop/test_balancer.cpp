// Decisions of the load balancer. The recorded steps are so long that the duration of a check is negligible,
// and costs differ so much that the measured speeds of the ranks do not affect the decisions.
#include "grid/balance/repartition.h"
#include "grid/loop/balancer.h"
#include "test_bricks.h"

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

constexpr double step_seconds = 1000.0;  // duration of an ordinary step
const grid::ChunkLayout layout{{{64, 2, 1}}, {{2, 2, 1}}};

grid::JobSpec make_job(std::int64_t every = 0) {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = layout.cells();
  job.performance.balance_every = every;
  return job;
}

std::unique_ptr<Partition> initial_partition() {
  return partition::make_partition(partition::Method::rcb, layout, world().size());
}

field::FieldStore make_store(const Partition& p) {
  std::vector<Box> bricks;
  for (const Box& b : p.bricks(world().rank())) bricks.push_back(layout.cells_of(b));
  return {{{"u", field::Scalar::float64, 1, 2, 1}}, bricks, 2};
}

/// Records an ordinary step and the costs of this rank's chunks, in seconds per chunk: `root_cost` on rank 0,
/// `other_cost` on all other ranks.
void record_costs(Balancer& balancer, const Partition& p, double root_cost, double other_cost) {
  balancer.record_ordinary_steps(1, step_seconds);
  for (const Box& b : p.bricks(world().rank())) {
    test::for_each(b, [&](const Index& i) {
      balancer.record(layout.id_of(i), world().is_root() ? root_cost : other_cost);
    });
  }
}

std::int64_t count_chunks(const Partition& p, int rank) {
  std::int64_t count = 0;
  for (const Box& b : p.bricks(rank)) count += b.extent(0) * b.extent(1) * b.extent(2);
  return count;
}

/// Number of ranks on which the condition holds. Collective.
std::int64_t count_ranks(bool condition) {
  std::int64_t count = condition ? 1 : 0;
  world().allreduce_sum(std::span{&count, 1});
  return count;
}

/// Duration of a step with partition `p`, if each chunk that rank 0 owns in `current` takes `root_cost`
/// seconds on rank 0, and each other chunk takes `other_cost` seconds on its owner in `current`.
double slowest_rank_seconds(const Partition& p, const Partition& current, double root_cost, double other_cost,
                            const std::vector<double>& speeds) {
  std::vector<double> work(32);
  for (int r = 0; r < current.ranks(); ++r) {
    for (const Box& b : current.bricks(r)) {
      test::for_each(b, [&](const Index& i) {
        work[static_cast<std::size_t>(i[0])] =
            (r == 0 ? root_cost : other_cost) * speeds[static_cast<std::size_t>(r)];
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

TEST_CASE("balancing is active only with several ranks, more chunks than ranks and storage by bricks") {
  const bool has_several_ranks = world().size() > 1;
  CHECK(Balancer{world(), make_job(), *initial_partition()}.active() == has_several_ranks);
  grid::JobSpec job = make_job();
  job.performance.balance = false;
  CHECK_FALSE(Balancer{world(), job, *initial_partition()}.active());
  job = make_job();
  job.performance.bricks = false;
  CHECK_FALSE(Balancer{world(), job, *initial_partition()}.active());
  for (const int extra_chunks : {0, 1}) {
    const grid::ChunkLayout small_layout{{{world().size() + extra_chunks, 1, 1}}, {{1, 1, 1}}};
    const auto p = partition::make_partition(partition::Method::rcb, small_layout, world().size());
    CHECK(Balancer{world(), make_job(), *p}.active() == (has_several_ranks && extra_chunks == 1));
  }
}

TEST_CASE("the first check is due after two steps or after the interval set in the job") {
  for (const std::int64_t every : {0, 7}) {
    const Balancer balancer{world(), make_job(every), *initial_partition()};
    const std::int64_t first = every == 0 ? 2 : 7;
    for (std::int64_t step = 0; step < 10; ++step) {
      CHECK(balancer.steps_left(step) == (step < first ? first - step : 0));
    }
    CHECK(balancer.report().checks == 0);
    CHECK(balancer.report().imbalance == 0.0);
  }
}

TEST_CASE("measured costs are averaged with earlier costs; imported costs are used unchanged") {
  Balancer balancer{world(), make_job(), *initial_partition()};
  const std::vector<balance::ChunkCost> imported{{5, 8.0}};
  balancer.import(imported);
  balancer.record(5, 4.0);
  balancer.record(6, 3.0);
  CHECK(balancer.costs().cost_of(5) == 6.0);
  CHECK(balancer.costs().cost_of(6) == 3.0);
  CHECK(balancer.costs().total() == 9.0);
}

TEST_CASE("the imbalance is the largest cost of a rank over the mean, minus 1") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  record_costs(balancer, *current, 16.0, 1.0);
  static_cast<void>(balancer.check(*current, make_store(*current), 2, step_seconds));
  const double root_cost = 16.0 * static_cast<double>(count_chunks(*current, 0));
  const double other_costs = static_cast<double>(32 - count_chunks(*current, 0));
  CHECK(balancer.report().imbalance == root_cost / ((root_cost + other_costs) / world().size()) - 1.0);
  CHECK(balancer.report().checks == 1);
  CHECK(balancer.report().migrations == 0);
  CHECK(static_cast<int>(balancer.speeds().size()) == world().size());
}

TEST_CASE("while no migration pays off, the interval between checks grows by half each time") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  record_costs(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);  // such a slow migration never pays off
  std::int64_t step = 2;
  for (const std::int64_t interval : {16, 24, 36, 54, 81, 122, 183}) {
    CHECK(balancer.check(*current, make_store(*current), step, step_seconds) == nullptr);
    CHECK(balancer.steps_left(step) == interval);
    step += interval;
    CHECK(balancer.steps_left(step) == 0);
  }
  for (int n = 0; n < 20; ++n)
    static_cast<void>(balancer.check(*current, make_store(*current), step, step_seconds));
  CHECK(balancer.steps_left(step) == 4096);
  CHECK(balancer.report().checks == 27);
}

TEST_CASE("checks take at most 2 % of the run time, estimated from the cheapest check so far") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  record_costs(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);
  // On the slowest rank, which determines the cost, a check takes as long as ten ordinary steps, then five.
  const double extra = world().rank() == world().size() - 1 ? 10.01 * step_seconds : 0.0;
  static_cast<void>(balancer.check(*current, make_store(*current), 2, step_seconds + extra));
  CHECK(balancer.steps_left(2) == 500);
  static_cast<void>(balancer.check(*current, make_store(*current), 600, step_seconds + extra / 2));
  CHECK(balancer.steps_left(600) == 250);
  static_cast<void>(balancer.check(*current, make_store(*current), 900, step_seconds + extra));
  CHECK(balancer.steps_left(900) == 250);
}

TEST_CASE("an interval set in the job is kept, regardless of the results and costs of checks") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(7), *current};
  record_costs(balancer, *current, 1.0, 1.0);
  balancer.record_migration(balancer.costs(), 1e12);
  for (std::int64_t step = 7; step < 70; step += 7) {
    static_cast<void>(balancer.check(*current, make_store(*current), step, 100 * step_seconds));
    CHECK(balancer.steps_left(step) == 7);
  }
}

TEST_CASE("a migration is reported with the time of the slowest rank, and replaces all costs") {
  Balancer balancer{world(), make_job(), *initial_partition()};
  balance::CostTable costs;
  costs.record(3, 0.25);
  balancer.record_migration(costs, 1.0 + world().rank());
  balancer.record_migration(costs, world().is_root() ? 0.5 : 0.25);
  CHECK(balancer.report().migrations == 2);
  CHECK(balancer.report().seconds == world().size() + 0.5);
  CHECK(balancer.costs().total() == 0.25);
}

TEST_CASE("if the load is imbalanced, a cheap migration happens at once and checks become more frequent",
          "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  std::int64_t step = 2;
  for (const std::int64_t interval : {16, 8, 4, 4}) {
    record_costs(balancer, *current, 512.0, 1.0);
    const auto next_partition = balancer.check(*current, make_store(*current), step, step_seconds);
    REQUIRE(count_ranks(next_partition != nullptr) == world().size());
    const auto expected = balance::repartition(world(), *current, balancer.costs(), balancer.speeds());
    std::int64_t chunks = 0;
    for (int r = 0; r < world().size(); ++r) {
      CHECK(next_partition->bricks(r) == expected->bricks(r));
      chunks += count_chunks(*next_partition, r);
    }
    CHECK(chunks == 32);
    CHECK(slowest_rank_seconds(*next_partition, *current, 512.0, 1.0, balancer.speeds()) <
          0.98 * 512.0 * static_cast<double>(count_chunks(*current, 0)));
    CHECK(balancer.steps_left(step) == interval);
    step += interval;
  }
}

TEST_CASE("a migration that is not cheap must be confirmed by a second measurement", "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  balancer.record_migration(balance::CostTable{},
                            0.6 * step_seconds);  // more than half a step, but less than the migration saves
  record_costs(balancer, *current, 512.0, 1.0);
  CHECK(count_ranks(balancer.check(*current, make_store(*current), 2, step_seconds) != nullptr) == 0);
  CHECK(balancer.steps_left(2) == 1);
  record_costs(balancer, *current, 600.0, 2.0);  // the smaller of the two measurements counts
  const double chunks = static_cast<double>(count_chunks(*current, world().rank()));
  CHECK(balancer.costs().total() == chunks * (world().is_root() ? 512.0 : 1.0));
  CHECK(count_ranks(balancer.check(*current, make_store(*current), 3, step_seconds) != nullptr) ==
        world().size());
  CHECK(balancer.steps_left(3) == 16);
}

TEST_CASE("a high cost that a second measurement does not confirm causes no migration", "[several-ranks]") {
  const auto current = initial_partition();
  Balancer balancer{world(), make_job(), *current};
  balancer.record_migration(balance::CostTable{}, 0.6 * step_seconds);
  record_costs(balancer, *current, 512.0, 1.0);
  CHECK(balancer.check(*current, make_store(*current), 2, step_seconds) == nullptr);
  CHECK(balancer.steps_left(2) == 1);
  // In the second measurement all costs are zero, so no partition is better.
  record_costs(balancer, *current, 0.0, 0.0);
  CHECK(balancer.costs().total() == 0.0);
  CHECK(count_ranks(balancer.check(*current, make_store(*current), 3, step_seconds) != nullptr) == 0);
  CHECK(balancer.steps_left(3) == 16);
  record_costs(balancer, *current, 8.0, 8.0);
  // The confirmation is complete, so measurements are averaged again.
  CHECK(balancer.costs().total() == 4.0 * static_cast<double>(count_chunks(*current, world().rank())));
}
