// Whether the fields are still numbers.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/chunk_layout.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::loop {

/// Throws transport::AgreedError (internal) on all ranks when a state field holds NaN or an infinity
/// anywhere, naming field, cell, chunk, step and time: the first such field, and its first cell, at any
/// rank count. @note Collective over `comm`.
void check_health(const transport::Communicator& comm, const solver::SolverSchema& schema,
                  const grid::ChunkLayout& layout, const field::FieldStore& store, std::int64_t step,
                  double time);

}  // namespace tessera::loop
