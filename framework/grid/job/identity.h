// Properties derived from a grid job and its solver: identity, chunks, stored fields, memory.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// The identity of a job: one line per property that determines the results (domain, chunks, boundaries,
/// stored fields, parameters, initial values and the choice of the time step). It excludes properties that
/// may change when a run is resumed: end time, outputs, checkpoints, probes and performance. Two jobs with
/// the same identity and solver compute the same results.
std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema);

/// The division of a job's domain into chunks, of the size that the job sets or of
/// ChunkLayout::default_chunk().
ChunkLayout chunk_layout_of(const JobSpec& job, const solver::SolverSchema& schema);

/// Indices of the fields that a checkpoint stores: state and constant fields. All other fields are computed
/// from them.
std::vector<int> stored_fields(const solver::SolverSchema& schema);

/// Bytes per cell, summed over all components of all fields. A field counts twice if a stage writes it and
/// reads it with a radius above 0.
double bytes_per_cell(const solver::SolverSchema& schema);

/// Total size of all fields in bytes, over all ranks, without ghost cells.
double bytes_needed(const JobSpec& job, const solver::SolverSchema& schema);

}  // namespace tessera::grid
