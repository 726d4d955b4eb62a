// How much memory a job's fields take.
#pragma once

#include "job/job_spec.h"
#include "job/solver_schema.h"

namespace tessera::job {

/// Bytes of one cell: all components of all fields, twice for a field that a stage reads with a radius
/// above 0 and writes.
double bytes_per_cell(const SolverSchema& schema);

/// Bytes of all fields over all ranks, without ghost cells.
double bytes_needed(const JobSpec& job, const SolverSchema& schema);

}  // namespace tessera::job
