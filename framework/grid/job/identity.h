// Properties derived from a grid job and its solver: identity, chunks, stored fields, memory.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// One line per property that determines the results: domain, chunks, boundaries, stored fields, parameters,
/// initial values and the choice of the time step. Properties that may change when a run is resumed are left
/// out: end time, outputs, checkpoints, probes and performance. Two jobs with the same text and solver
/// compute the same results.
std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema);

/// The chunks of a job's domain: of the size that the job sets, or of one that depends on the domain alone.
ChunkLayout chunk_layout_of(const JobSpec& job, const solver::SolverSchema& schema);

/// The fields that make up the state of a job, as indices into the fields of the schema. All other fields are
/// computed from them.
std::vector<int> stored_fields(const solver::SolverSchema& schema);

/// Bytes per cell, summed over all components of all fields. A field that some stage both reads with a radius
/// above 0 and writes counts twice.
double bytes_per_cell(const solver::SolverSchema& schema);

/// Bytes for all fields, over all ranks, without ghost cells.
double bytes_needed(const JobSpec& job, const solver::SolverSchema& schema);

}  // namespace tessera::grid
