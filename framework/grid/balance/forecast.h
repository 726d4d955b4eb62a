// How long a step takes now, and how long it would after a migration.
#pragma once

#include "grid/balance/cost_table.h"
#include "grid/balance/migration_plan.h"
#include "transport/communicator.h"

#include <span>

namespace tessera::balance {

/// Seconds a step: what the rank that has the most computes.
struct Forecast {
  double now = 0.0;
  double after = 0.0;
};

/// Now: the largest sum of a rank's measured costs. After: the largest work over speed that a rank would have
/// once the plans are carried out. `plan`: this rank's; `costs`: of the chunks it owns now; `speeds`: one a
/// rank of `comm`, alike on all. Sums one number a rank over all ranks. @note Collective.
Forecast forecast(const transport::Communicator& comm, const MigrationPlan& plan,
                  const grid::ChunkLayout& layout, const CostTable& costs, std::span<const double> speeds);

}  // namespace tessera::balance
