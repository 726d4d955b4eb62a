// Properties derived from a grid job and its solver: identity, chunks, stored fields, memory.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// Returns the identity of a job: one line per property that determines the results (domain, chunks,
/// boundaries, stored fields, parameters, initial values and the choice of the time step). Properties that
/// may change when a run is resumed are left out: end time, outputs, checkpoints, probes and performance. Of
/// these, only the end of the run and the cadences of outputs can affect the steps; see docs/job-file.md. Two
/// jobs that also agree in these, with the same solver and input data, compute the same results.
std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema);

/// Returns the division of a job's domain into chunks. The chunk size is that of the job or, if the job does
/// not set it, ChunkLayout::default_chunk().
ChunkLayout chunk_layout_of(const JobSpec& job, const solver::SolverSchema& schema);

/// Returns the indices of the fields that are stored in a checkpoint: state and constant fields, then
/// statistics. All other fields are computed from state and constant fields.
std::vector<int> stored_fields(const solver::SolverSchema& schema);

/// Returns the bytes per cell, summed over all components of all fields. A field counts twice if a stage
/// writes it and reads it with a radius above 0.
double bytes_per_cell(const solver::SolverSchema& schema);

}  // namespace tessera::grid
