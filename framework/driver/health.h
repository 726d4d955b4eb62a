// Whether the fields are still numbers.
#pragma once

#include "field/field_store.h"
#include "grid/chunk_layout.h"
#include "job/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::driver {

/// Throws transport::AgreedError (internal) on all ranks when a state field holds NaN or an infinity
/// anywhere, naming field, cell, chunk, step and time: the first such field, and its first cell, at any
/// rank count. @note Collective over `comm`.
void check_health(const transport::Communicator& comm, const job::SolverSchema& schema,
                  const grid::ChunkLayout& layout, const field::FieldStore& store, std::int64_t step,
                  double time);

}  // namespace tessera::driver
