// Digests of the state fields.
#pragma once

#include "grid/field/field_store.h"
#include "grid/solver/solver_schema.h"
#include "transport/communicator.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::loop {

struct FieldDigest {
  std::string field;
  std::uint64_t digest = 0;
};

/// Returns the digest of each state field over the owned cells of all ranks. It does not depend on the rank
/// count, the partition or the chunk size. `cells`: extent of the domain. @note Collective over `comm`.
std::vector<FieldDigest> field_digests(const transport::Communicator& comm,
                                       const solver::SolverSchema& schema, const field::FieldStore& store,
                                       const grid::Index& cells);

/// Returns the digest of the state: the sum of the digests of its fields.
std::uint64_t state_digest(const std::vector<FieldDigest>& fields);

}  // namespace tessera::loop
