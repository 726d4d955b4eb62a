// Remarks on the data sets of a job.
#pragma once

#include "grid/input/data_sets.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"
#include "work/kind.h"

#include <vector>

namespace tessera::grid {

/// Adds to `remarks` what is unlikely to be intended in the data sets of a job, and how many of their gaps
/// were filled. Reads those that are not in `data_sets`.
void add_data_remarks(const JobSpec& spec, const solver::SolverSchema& schema, input::DataSets& data_sets,
                      std::vector<work::Remark>& remarks);

}  // namespace tessera::grid
