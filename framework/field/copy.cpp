#include "field/copy.h"

#include <cstdint>
#include <cstring>

namespace tessera::field {

namespace {

/// Calls row(cell, component) for the first cell of every row of the box.
template <class F>
void for_each_row(const FieldView& view, const grid::Box& cells, F row) {
  for (int c = 0; c < view.components; ++c) {
    for (std::int64_t k = cells.lower[2]; k < cells.upper[2]; ++k) {
      for (std::int64_t j = cells.lower[1]; j < cells.upper[1]; ++j) {
        row(grid::Index{{cells.lower[0], j, k}}, c);
      }
    }
  }
}

/// Rows of ghost cells across x are a few elements: a loop of fixed-size moves beats calls to memcpy.
void move_row(std::byte* to, const std::byte* from, std::size_t element, std::int64_t count) {
  if (count > 16) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * element);
  } else if (element == 8) {
    for (std::int64_t n = 0; n < count; ++n) std::memcpy(to + 8 * n, from + 8 * n, 8);
  } else {
    for (std::int64_t n = 0; n < count; ++n) std::memcpy(to + 4 * n, from + 4 * n, 4);
  }
}

std::byte* address(const FieldView& view, const grid::Index& cell, int component) {
  return view.scalar == Scalar::float64 ? reinterpret_cast<std::byte*>(view.at<double>(cell, component))
                                        : reinterpret_cast<std::byte*>(view.at<float>(cell, component));
}

}  // namespace

std::size_t packed_bytes(const FieldView& view, const grid::Box& cells) {
  return static_cast<std::size_t>(cells.volume() * view.components) * bytes_of(view.scalar);
}

std::byte* pack(const FieldView& from, const grid::Box& cells, std::byte* out) {
  const std::size_t element = bytes_of(from.scalar);
  const std::int64_t count = cells.extent(0);
  for_each_row(from, cells, [&](const grid::Index& cell, int component) {
    move_row(out, address(from, cell, component), element, count);
    out += static_cast<std::size_t>(count) * element;
  });
  return out;
}

const std::byte* unpack(const std::byte* in, const FieldView& to, const grid::Box& cells) {
  const std::size_t element = bytes_of(to.scalar);
  const std::int64_t count = cells.extent(0);
  for_each_row(to, cells, [&](const grid::Index& cell, int component) {
    move_row(address(to, cell, component), in, element, count);
    in += static_cast<std::size_t>(count) * element;
  });
  return in;
}

void copy(const FieldView& from, const grid::Box& cells, const FieldView& to, const grid::Index& at) {
  const std::size_t element = bytes_of(from.scalar);
  const std::int64_t count = cells.extent(0);
  const grid::Index shift = at - cells.lower;
  for_each_row(from, cells, [&](const grid::Index& cell, int component) {
    move_row(address(to, cell + shift, component), address(from, cell, component), element, count);
  });
}

}  // namespace tessera::field
