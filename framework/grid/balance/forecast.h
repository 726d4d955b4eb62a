// The expected gain and cost of a migration.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/migration_plan.h"
#include "transport/communicator.h"

#include <cstdint>
#include <span>

namespace tessera::balance {

/// Seconds per step of the most heavily loaded rank, now and after a migration.
struct Forecast {
  double seconds_now = 0.0;
  double seconds_after = 0.0;
};

/// Predicts the effect of a migration. `seconds_now` is the largest sum of measured costs of a rank;
/// `seconds_after` is the largest work of a rank after the migration, divided by the speed of the rank.
/// `plan`: the plan of this rank; `costs`: costs of the chunks that this rank owns now; `speeds`: one per
/// rank of `comm`, the same on all ranks. Performs an all-reduce of one number per rank. @note Collective.
Forecast forecast(const transport::Communicator& comm, const MigrationPlan& plan,
                  const grid::ChunkLayout& layout, const CostTable& costs, std::span<const double> speeds);

/// The gain and the cost of a migration, for should_migrate().
struct MigrationTradeoff {
  double seconds_now = 0.0;        ///< time per step, now, on the most heavily loaded rank
  double seconds_after = 0.0;      ///< predicted time per step after the migration
  double migration_seconds = 0.0;  ///< cost of the last migration; before the first, an estimate
  std::int64_t steps = 0;          ///< number of steps until the next check
};

/// Whether a migration saves more time until the next check than it costs, and also more than 2 % of the time
/// per step, because smaller savings are within the noise.
bool should_migrate(const MigrationTradeoff& tradeoff);

/// Estimates the cost of a migration before any has been measured, assuming 1 GB/s. `bytes`: the largest
/// number of bytes that a rank must move or allocate.
double estimated_migration_seconds(std::int64_t bytes);

}  // namespace tessera::balance
