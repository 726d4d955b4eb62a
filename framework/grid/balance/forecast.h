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
  double now = 0.0;
  double after = 0.0;
};

/// Predicts the effect of a migration. Now: the largest sum of a rank's measured costs. After: the largest
/// quotient of work and speed that a rank would have after the migration. `plan`: the plan of this rank;
/// `costs`: costs of the chunks that it owns now; `speeds`: one per rank of `comm`, the same on all ranks.
/// Reduces one number per rank over all ranks. @note Collective.
Forecast forecast(const transport::Communicator& comm, const MigrationPlan& plan,
                  const grid::ChunkLayout& layout, const CostTable& costs, std::span<const double> speeds);

/// The basis of the decision whether to migrate.
struct Outlook {
  double seconds_now = 0.0;        ///< per step now: largest cost of a rank
  double seconds_after = 0.0;      ///< per step after a migration, as predicted
  double migration_seconds = 0.0;  ///< cost of the last migration, or an estimate before the first
  std::int64_t steps = 0;          ///< until the next check
};

/// Whether the steps until the next check gain more than the migration costs, and each step gains more than
/// 2 % of its time; smaller gains are noise.
bool should_migrate(const Outlook& outlook);

/// Estimates the cost of a migration before any has been measured: `bytes`, which the busiest rank sends or
/// receives, at 1 GB/s.
double estimated_migration_seconds(std::int64_t bytes);

}  // namespace tessera::balance
