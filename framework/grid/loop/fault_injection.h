// Faults in a step loop that are asked for.
#pragma once

#include "base/fail_points.h"
#include "grid/loop/decomposition.h"
#include "grid/solver/solver_schema.h"

#include <cstdint>

namespace tessera::loop {

/// Brings about the fault that is asked for at `point` in steps `step` to `step + steps - 1`, if any; see
/// base::FailPoints. An exception counts as a failure of the solver; a NaN goes to the first state field.
void inject_fault(const base::FailPoints& faults, const char* point, std::int64_t step, std::int64_t steps,
                  const solver::SolverSchema& schema, Decomposition& fields);

}  // namespace tessera::loop
