// Hands a checked job to its solver.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"

namespace tessera::grid {

/// Configures `solver` with the geometry, parameters and given fields of `job`. Once per solver. Throws
/// base::Error (bad_job) with the solver's own words if it refuses the job.
void configure(solver::Solver& solver, const JobSpec& job);

}  // namespace tessera::grid
