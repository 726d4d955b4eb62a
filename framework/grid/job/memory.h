// How much memory a job's fields take.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

namespace tessera::grid {

/// Bytes of one cell: all components of all fields, twice for a field that a stage reads with a radius
/// above 0 and writes.
double bytes_per_cell(const solver::SolverSchema& schema);

/// Bytes of all fields over all ranks, without ghost cells.
double bytes_needed(const JobSpec& job, const solver::SolverSchema& schema);

}  // namespace tessera::grid
