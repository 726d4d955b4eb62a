// What a migration would win and cost.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/migration_plan.h"
#include "transport/communicator.h"

#include <cstdint>
#include <span>

namespace tessera::balance {

/// Seconds per step of the rank that computes the most.
struct Forecast {
  double now = 0.0;
  double after = 0.0;
};

/// Now: the largest sum of a rank's measured costs. After: the largest work over speed that a rank would have
/// once the plans are carried out. `plan`: this rank's; `costs`: of the chunks it owns now; `speeds`: one a
/// rank of `comm`, alike on all. Sums one number a rank over all ranks. @note Collective.
Forecast forecast(const transport::Communicator& comm, const MigrationPlan& plan,
                  const grid::ChunkLayout& layout, const CostTable& costs, std::span<const double> speeds);

/// What is known when the ranks decide whether to migrate.
struct Outlook {
  double seconds_now = 0.0;        ///< of a step now: the largest rank's cost
  double seconds_after = 0.0;      ///< of a step after a migration, as predicted
  double migration_seconds = 0.0;  ///< what a migration costs: the last one, or a guess before the first
  std::int64_t steps = 0;          ///< until the next look
};

/// Whether the steps until the next look win back more than the migration costs, and each of them more than
/// 2 % of its time: less than that is noise.
bool should_migrate(const Outlook& outlook);

/// What a migration costs, guessed before any has been measured: the bytes that the busiest rank sends or
/// receives, at 1 GB/s.
double guessed_migration_seconds(std::int64_t bytes);

}  // namespace tessera::balance
