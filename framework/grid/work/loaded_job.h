// A checked grid job with its solver.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "work/kind.h"

namespace tessera::grid {

struct LoadedJob {
  solver::Solver solver;  ///< configured
  JobSpec spec;
};

/// Loads the plugin of a job that has been checked and configures it. Throws base::Error (unavailable,
/// bad_job).
LoadedJob load(const work::Checked& checked);

}  // namespace tessera::grid
