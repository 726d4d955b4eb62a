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
/// Largest fraction of the run time that checks may take.
constexpr double max_overhead = 0.02;
/// A migration that costs less than this fraction of a step needs no second measurement.
constexpr double cheap_migration = 0.5;
/// The speeds of the ranks are measured in one out of this many checks, because the measurement is slow and
/// speeds rarely change.
constexpr int checks_per_speed_measurement = 32;

}  // namespace

Balancer::Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
                   const partition::Partition& partition)
    : comm_{&comm},
      active_{job.performance.balance && job.performance.bricks && comm.size() > 1 &&
              partition.layout().chunk_count() > comm.size()},
      fixed_interval_{job.performance.balance_every},
      next_check_{fixed_interval_ > 0 ? fixed_interval_ : first_check} {}

void Balancer::record_ordinary_steps(std::int64_t steps, double seconds) {
  const double per_step = seconds / static_cast<double>(steps);
  ordinary_seconds_ = ordinary_seconds_ == 0.0 ? per_step : 0.5 * (ordinary_seconds_ + per_step);
}

void Balancer::record(std::int64_t chunk, double seconds) {
  const std::optional<double> previous = confirming_ ? costs_.cost_of(chunk) : std::nullopt;
  if (!previous) return costs_.record(chunk, seconds);
  const balance::ChunkCost smaller{chunk, std::min(*previous, seconds)};
  costs_.import({&smaller, 1});
}

std::unique_ptr<partition::Partition> Balancer::check(const partition::Partition& current,
                                                      const field::FieldStore& store, std::int64_t step,
                                                      double measured_seconds) {
  base::Stopwatch watch;
  if (report_.checks % checks_per_speed_measurement == 0) {
    speed_meter_.measure();
    speeds_ = speed_meter_.speeds_of_ranks(*comm_);
    watch.lap();  // excluded from the duration of the check, because most checks do not measure speeds
  }
  std::unique_ptr<partition::Partition> next_partition =
      balance::repartition(*comm_, current, costs_, speeds_);
  const auto plan = balance::MigrationPlan::make(current, *next_partition, comm_->rank());
  const balance::Forecast expected = balance::forecast(*comm_, plan, current.layout(), costs_, speeds_);

  std::array<double, 1> total_cost{costs_.total()};
  comm_->allreduce_sum(total_cost);
  const double mean = total_cost[0] / comm_->size();
  report_.imbalance = mean > 0.0 ? expected.seconds_now / mean - 1.0 : 0.0;
  ++report_.checks;

  const std::int64_t moved_bytes = std::max(balance::cells_of(plan.sends, current.layout()),
                                            balance::cells_of(plan.receives, current.layout())) *
                                   balance::message_bytes_per_cell(store);
  // Maximum over all ranks: overhead of this check, duration of an ordinary step, and bytes to move or
  // allocate. (All ranks allocate new storage for all their cells, even if few chunks move.)
  std::array<double, 3> maxima{std::max(0.0, measured_seconds - ordinary_seconds_) + watch.seconds(),
                               ordinary_seconds_,
                               static_cast<double>(moved_bytes) + static_cast<double>(store.bytes())};
  comm_->allreduce_max(maxima);
  min_check_seconds_ = report_.checks == 1 ? maxima[0] : std::min(min_check_seconds_, maxima[0]);
  const double min_steps = min_check_seconds_ / (max_overhead * std::max(maxima[1], 1e-9));
  const std::int64_t interval = fixed_interval_ > 0
                                    ? fixed_interval_
                                    : std::max(automatic_interval_, static_cast<std::int64_t>(min_steps));
  next_check_ = step + interval;

  const double migration_cost =
      migration_seconds_ > 0.0 ? migration_seconds_
                               : balance::estimated_migration_seconds(static_cast<std::int64_t>(maxima[2]));
  // A step that is measured chunk by chunk may be slower than an ordinary step.
  const double scale = expected.seconds_now > 0.0 ? std::min(1.0, maxima[1] / expected.seconds_now) : 1.0;
  const bool pays_off = balance::should_migrate(
      {scale * expected.seconds_now, scale * expected.seconds_after, migration_cost, interval});
  // Require a second measurement, unless an unnecessary migration would cost less than measuring again.
  if (pays_off && !confirming_ && migration_cost > cheap_migration * maxima[1]) {
    confirming_ = true;
    next_check_ = step + 1;
    return nullptr;
  }
  confirming_ = false;
  // Check more often after costs have changed, and less often otherwise.
  automatic_interval_ = pays_off
                            ? std::max(automatic_interval_ / 2, min_interval)
                            : std::min(automatic_interval_ + (automatic_interval_ + 1) / 2, max_interval);
  return pays_off ? std::move(next_partition) : nullptr;
}

void Balancer::record_migration(balance::CostTable costs, double seconds) {
  costs_ = std::move(costs);
  comm_->allreduce_max(std::span<double>{&seconds, 1});
  migration_seconds_ = seconds;
  ++report_.migrations;
  report_.seconds += seconds;
}

}  // namespace tessera::loop
