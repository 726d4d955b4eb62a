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

constexpr std::int64_t first_look = 2;
constexpr std::int64_t least_interval = 4;
constexpr std::int64_t most_interval = 4096;
/// Share of the time that looking may take.
constexpr double affordable = 0.02;
/// Share of a step that chunks may take to move on a single measurement.
constexpr double cheap = 0.5;
/// Looks between two measurements of the ranks' speeds, which take longer than all else and change seldom.
constexpr int looks_a_speed = 32;

}  // namespace

Balancer::Balancer(const transport::Communicator& comm, const grid::JobSpec& job,
                   const partition::Partition& partition)
    : comm_{&comm},
      active_{job.performance.balance && job.performance.bricks && comm.size() > 1 &&
              partition.layout().chunk_count() > comm.size()},
      every_{job.performance.balance_every},
      next_{every_ > 0 ? every_ : first_look} {}

void Balancer::note_usual(std::int64_t steps, double seconds) {
  const double each = seconds / static_cast<double>(steps);
  usual_seconds_ = usual_seconds_ == 0.0 ? each : 0.5 * (usual_seconds_ + each);
}

void Balancer::record(std::int64_t chunk, double seconds) {
  const std::optional<double> before = confirming_ ? costs_.cost_of(chunk) : std::nullopt;
  if (!before) return costs_.record(chunk, seconds);
  const balance::ChunkCost smaller{chunk, std::min(*before, seconds)};
  costs_.import({&smaller, 1});
}

std::unique_ptr<partition::Partition> Balancer::look(const partition::Partition& now,
                                                     const field::FieldStore& store, std::int64_t step,
                                                     double measured) {
  base::Stopwatch watch;
  if (report_.looks % looks_a_speed == 0) {
    speed_.measure();
    speeds_ = speed_.relative(*comm_);
    watch.lap();  // not part of what the next looks cost
  }
  std::unique_ptr<partition::Partition> to = balance::repartition(*comm_, now, costs_, speeds_);
  const auto plan = balance::MigrationPlan::make(now, *to, comm_->rank());
  const balance::Forecast expected = balance::forecast(*comm_, plan, now.layout(), costs_, speeds_);

  std::array<double, 1> work{costs_.total()};
  comm_->sum(work);
  const double mean = work[0] / comm_->size();
  report_.imbalance = mean > 0.0 ? expected.now / mean - 1.0 : 0.0;
  ++report_.looks;

  // Storage is made anew for all cells, whoever moves.
  const std::int64_t moved =
      std::max(balance::cells_of(plan.sends, now.layout()), balance::cells_of(plan.receives, now.layout())) *
      balance::bytes_of_cell(store);
  // Extra time of this look, a usual step, and the bytes that the busiest rank would move or make.
  std::array<double, 3> most{std::max(0.0, measured - usual_seconds_) + watch.seconds(), usual_seconds_,
                             static_cast<double>(moved) + static_cast<double>(store.bytes())};
  comm_->largest(most);
  cheapest_look_ = report_.looks == 1 ? most[0] : std::min(cheapest_look_, most[0]);
  const double least = cheapest_look_ / (affordable * std::max(most[1], 1e-9));
  const std::int64_t interval = every_ > 0 ? every_ : std::max(interval_, static_cast<std::int64_t>(least));
  next_ = step + interval;

  const double cost = migration_seconds_ > 0.0
                          ? migration_seconds_
                          : balance::guessed_migration_seconds(static_cast<std::int64_t>(most[2]));
  // Costs were measured with the clock running chunk by chunk; usual steps may be faster.
  const double scale = expected.now > 0.0 ? std::min(1.0, most[1] / expected.now) : 1.0;
  const bool pays = balance::should_migrate({scale * expected.now, scale * expected.after, cost, interval});
  // A second measurement must agree, unless moving in vain would cost less than measuring again.
  if (pays && !confirming_ && cost > cheap * most[1]) {
    confirming_ = true;
    next_ = step + 1;
    return nullptr;
  }
  confirming_ = false;
  // What has just changed will change again; what has not can be left alone for longer.
  interval_ = pays ? std::max(interval_ / 2, least_interval)
                   : std::min(interval_ + (interval_ + 1) / 2, most_interval);
  return pays ? std::move(to) : nullptr;
}

void Balancer::migrated(balance::CostTable costs, double seconds) {
  costs_ = std::move(costs);
  comm_->largest(std::span<double>{&seconds, 1});
  migration_seconds_ = seconds;
  ++report_.migrations;
  report_.seconds += seconds;
}

}  // namespace tessera::loop
