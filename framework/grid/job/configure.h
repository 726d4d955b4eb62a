// Configures a solver for a checked job.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"

#include <vector>

namespace tessera::grid {

/// Configures `solver` with the geometry and parameters of `job` and the fields for which it gives initial
/// values. Call once per solver. Throws base::Error (bad_job) with the solver's message if it rejects them.
inline void configure(solver::Solver& solver, const JobSpec& job) {
  std::vector<int> given;
  for (const InitialValue& v : job.initial) given.push_back(v.field);
  solver.configure(job.geometry, job.parameters, given);
}

}  // namespace tessera::grid
