// Copies boxes of values between bricks and message buffers.
#pragma once

#include "grid/field/field_view.h"

#include <cstddef>

namespace tessera::field {

/// Number of bytes that pack() writes for a box.
std::size_t packed_bytes(const ConstFieldView& view, const grid::Box& cells);

/// Writes the values of `cells` (local indices; x fastest, then y, z, component) to `out`; returns the
/// end of what it wrote. `out` must be aligned for the field's scalar type.
std::byte* pack(const ConstFieldView& from, const grid::Box& cells, std::byte* out);

/// The inverse of pack(); returns the end of what it read.
const std::byte* unpack(const std::byte* in, const FieldView& to, const grid::Box& cells);

/// Copies `cells` of `from` (its local indices) to the box of `to` whose lower corner is `at`. The two
/// boxes must not overlap in memory.
void copy(const ConstFieldView& from, const grid::Box& cells, const FieldView& to, const grid::Index& at);

}  // namespace tessera::field
