// The kind of job whose solver computes on a grid.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver.h"
#include "work/kind.h"

namespace tessera::grid {

struct LoadedJob {
  solver::Solver solver;  ///< configured
  JobSpec spec;
  input::DataSets data_sets;  ///< the data sets that the check has read
};

/// Loads and configures the solver of a checked job. Throws base::Error: unavailable if the solver cannot be
/// loaded, bad_job if it rejects the job.
LoadedJob load(const work::CheckedJob& checked);

/// See work::Kind.
class GridKind : public work::Kind {
 public:
  std::optional<work::CheckedJob> check(const job::Document& document, const work::CheckOptions& options,
                                        job::Diagnostics& problems) const override;
  std::string data_identity(const work::CheckedJob& checked) const override;
  bool is_complete(const work::CheckedJob& checked, std::int64_t step,
                   std::optional<double> time) const override;
  void examine_outputs(const work::RecordedOutputs& recorded,
                       rundir::Examination& examination) const override;
  std::unique_ptr<work::Work> make(const work::CheckedJob& checked,
                                   const work::Context& context) const override;
};

}  // namespace tessera::grid
