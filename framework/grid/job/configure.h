// Hands a checked job to its solver.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"

#include <vector>

namespace tessera::grid {

/// Configures `solver` with the geometry, parameters and given fields of `job`. Once per solver. Throws
/// base::Error (bad_job) with the solver's own words if it refuses the job.
inline void configure(solver::Solver& solver, const JobSpec& job) {
  std::vector<int> given;
  for (const InitialValue& v : job.initial) given.push_back(v.field);
  solver.configure(job.geometry, job.parameters, given);
}

}  // namespace tessera::grid
