// The digest of a field.
#pragma once

#include "grid/field/field_store.h"

#include <cstdint>

namespace tessera::field {

/// Returns this rank's part of the digest of a field: the sum modulo 2^64 of the hashes of its owned cells,
/// see base::Digest. The sum over all ranks does not depend on the rank count, the partition or the chunk
/// size. `cells`: extent of the domain.
std::uint64_t partial_digest(const FieldStore& store, int field, const grid::Index& cells);

}  // namespace tessera::field
