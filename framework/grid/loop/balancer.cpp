#include "grid/loop/balancer.h"

#include "base/stopwatch.h"
#include "grid/balance/forecast.h"
#include "grid/balance/migrate.h"
#include "grid/balance/migration_plan.h"
#include "grid/balance/repartition.h"

#include <algorithm>
#include <array>

namespace tessera::loop {

namespace {

constexpr std::int64_t first_check = 2;
constexpr std::int64_t min_interval = 4;
constexpr std::int64_t max_interval = 4096;
/// Fraction of the run time that checks may take.
constexpr double max_overhead = 0.02;
/// A migration that costs less than this fraction of a step needs no second measurement.
constexpr double cheap_migration = 0.5;
/// Number of checks per measurement of the ranks' speeds, which is slow; speeds rarely change.
constexpr int checks_per_speed_test = 32;

}  // namespace

Balancer::Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
                   const partition::Partition& partition)
    : comm_{&comm},
      active_{job.performance.balance && job.performance.bricks && comm.size() > 1 &&
              partition.layout().chunk_count() > comm.size()},
      every_{job.performance.balance_every},
      next_{every_ > 0 ? every_ : first_check} {}

void Balancer::record_ordinary_steps(std::int64_t steps, double seconds) {
  const double per_step = seconds / static_cast<double>(steps);
  ordinary_seconds_ = ordinary_seconds_ == 0.0 ? per_step : 0.5 * (ordinary_seconds_ + per_step);
}

void Balancer::record(std::int64_t chunk, double seconds) {
  const std::optional<double> before = confirming_ ? costs_.cost_of(chunk) : std::nullopt;
  if (!before) return costs_.record(chunk, seconds);
  const balance::ChunkCost smaller{chunk, std::min(*before, seconds)};
  costs_.import({&smaller, 1});
}

std::unique_ptr<partition::Partition> Balancer::check(const partition::Partition& now,
                                                      const field::FieldStore& store, std::int64_t step,
                                                      double measured) {
  base::Stopwatch watch;
  if (report_.checks % checks_per_speed_test == 0) {
    speed_.measure();
    speeds_ = speed_.relative(*comm_);
    watch.lap();  // not part of the cost of later checks
  }
  std::unique_ptr<partition::Partition> to = balance::repartition(*comm_, now, costs_, speeds_);
  const auto plan = balance::MigrationPlan::make(now, *to, comm_->rank());
  const balance::Forecast expected = balance::forecast(*comm_, plan, now.layout(), costs_, speeds_);

  std::array<double, 1> work{costs_.total()};
  comm_->allreduce_sum(work);
  const double mean = work[0] / comm_->size();
  report_.imbalance = mean > 0.0 ? expected.now / mean - 1.0 : 0.0;
  ++report_.checks;

  // All ranks allocate new storage for all their cells, even if few chunks move.
  const std::int64_t moved =
      std::max(balance::cells_of(plan.sends, now.layout()), balance::cells_of(plan.receives, now.layout())) *
      balance::message_bytes_per_cell(store);
  // Extra time of this check, time of an ordinary step, bytes that the busiest rank would move or allocate.
  std::array<double, 3> most{std::max(0.0, measured - ordinary_seconds_) + watch.seconds(), ordinary_seconds_,
                             static_cast<double>(moved) + static_cast<double>(store.bytes())};
  comm_->allreduce_max(most);
  cheapest_check_ = report_.checks == 1 ? most[0] : std::min(cheapest_check_, most[0]);
  const double min_steps = cheapest_check_ / (max_overhead * std::max(most[1], 1e-9));
  const std::int64_t interval =
      every_ > 0 ? every_ : std::max(interval_, static_cast<std::int64_t>(min_steps));
  next_ = step + interval;

  const double cost = migration_seconds_ > 0.0
                          ? migration_seconds_
                          : balance::estimated_migration_seconds(static_cast<std::int64_t>(most[2]));
  // Costs were measured by timing chunk by chunk; ordinary steps may be faster.
  const double scale = expected.now > 0.0 ? std::min(1.0, most[1] / expected.now) : 1.0;
  const bool pays = balance::should_migrate({scale * expected.now, scale * expected.after, cost, interval});
  // A second measurement must agree, unless a useless migration would cost less than measuring again.
  if (pays && !confirming_ && cost > cheap_migration * most[1]) {
    confirming_ = true;
    next_ = step + 1;
    return nullptr;
  }
  confirming_ = false;
  // Check more often after costs have changed, and less often while they have not.
  interval_ =
      pays ? std::max(interval_ / 2, min_interval) : std::min(interval_ + (interval_ + 1) / 2, max_interval);
  return pays ? std::move(to) : nullptr;
}

void Balancer::migrated(balance::CostTable costs, double seconds) {
  costs_ = std::move(costs);
  comm_->allreduce_max(std::span<double>{&seconds, 1});
  migration_seconds_ = seconds;
  ++report_.migrations;
  report_.seconds += seconds;
}

}  // namespace tessera::loop
