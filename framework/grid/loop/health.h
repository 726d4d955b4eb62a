// Checks that the state is finite.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/chunk_layout.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

namespace tessera::loop {

/// Throws transport::AgreedError (internal) on all ranks if any owned cell of a state field contains NaN or
/// infinity. The message contains the first such field, its first such cell, the chunk, the step and the
/// time; it does not depend on the rank count. @note Collective over `comm`.
void check_health(const transport::Communicator& comm, const solver::SolverSchema& schema,
                  const grid::ChunkLayout& layout, const field::FieldStore& store, std::int64_t step,
                  double time);

}  // namespace tessera::loop
