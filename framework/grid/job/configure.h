// Configures a solver for a checked job.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/job/statistic_fields.h"
#include "grid/solver/solver.h"

#include <vector>

namespace tessera::grid {

/// Configures `solver` with the geometry and the parameters of `job`, and with the list of fields that are
/// set in the job's [initial]. Then appends the statistics of the job to its schema. Must be called once per
/// solver. Throws base::Error (bad_job) with the solver's message if the solver rejects the job.
inline void configure(solver::Solver& solver, const JobSpec& job) {
  std::vector<int> initialized_fields;
  for (const InitialValue& v : job.initial) initialized_fields.push_back(v.field);
  solver.configure(job.geometry, job.parameters, initialized_fields);
  solver.append_statistics(statistic_fields(job.output, solver.schema()));
}

}  // namespace tessera::grid
