// What follows from a grid job and its solver: identity, chunks, stored fields, memory.
#pragma once

#include "grid/geometry/chunk_layout.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// One line per fact that decides what is computed: domain, chunks, boundaries, stored fields, parameters,
/// initial values and the rules of the time step. It leaves out what may change when a run is resumed: its
/// end, outputs, checkpoints, probes and performance. Two jobs with equal text and solver compute the same.
std::string identity_of(const JobSpec& job, const solver::SolverSchema& schema);

/// The chunks of a job's domain: those the job asks for, or a size that follows from the domain alone.
ChunkLayout chunk_layout_of(const JobSpec& job, const solver::SolverSchema& schema);

/// The fields that the state of a job consists of, as indices into those of the schema: the others are
/// computed from them.
std::vector<int> stored_fields(const solver::SolverSchema& schema);

/// Bytes of one cell: all components of all fields, twice for a field that a stage reads with a radius
/// above 0 and writes.
double bytes_per_cell(const solver::SolverSchema& schema);

/// Bytes of all fields over all ranks, without ghost cells.
double bytes_needed(const JobSpec& job, const solver::SolverSchema& schema);

}  // namespace tessera::grid
