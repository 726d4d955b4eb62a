// Copies boxes of cells between bricks, and between bricks and message buffers.
#pragma once

#include "grid/field/field_view.h"

#include <cstddef>

namespace tessera::field {

/// Number of bytes that pack() writes for a box.
std::size_t packed_bytes(const ConstFieldView& view, const grid::Box& cells);

/// Writes the values of `cells` (local indices) to `out`, x fastest, then y, z and component. Returns the end
/// of the bytes written. `out` must be aligned for the field's scalar type.
std::byte* pack(const ConstFieldView& from, const grid::Box& cells, std::byte* out);

/// The inverse of pack(). Returns the end of the bytes read. `in` must be aligned as for pack().
const std::byte* unpack(const std::byte* in, const FieldView& to, const grid::Box& cells);

/// Copies `cells` (local indices of `from`) to the box of the same size with lower corner `at` (local indices
/// of `to`). The two boxes must not overlap in memory.
void copy(const ConstFieldView& from, const grid::Box& cells, const FieldView& to, const grid::Index& at);

}  // namespace tessera::field
