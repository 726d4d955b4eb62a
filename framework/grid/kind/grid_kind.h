// The kind of job that computes on a grid.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "work/kind.h"

namespace tessera::grid {

struct LoadedJob {
  solver::Solver solver;  ///< configured
  JobSpec spec;
};

/// Loads and configures the solver of a checked job. Throws base::Error (unavailable, bad_job).
LoadedJob load(const work::CheckedJob& checked);

/// See work::Kind.
class GridKind : public work::Kind {
 public:
  std::optional<work::CheckedJob> check(const job::Document& document, const work::CheckOptions& options,
                                        job::Diagnostics& problems) const override;
  std::unique_ptr<work::Work> make(const work::CheckedJob& checked,
                                   const work::Context& context) const override;
};

}  // namespace tessera::grid
