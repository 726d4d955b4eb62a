#include "grid/field/copy.h"

#include <cstdint>
#include <cstring>

namespace tessera::field {

namespace {

/// A box of elements in memory: the address of the first element, and the strides between rows, planes and
/// components, in elements.
template <class T>
struct Block {
  T* first;
  std::int64_t row;
  std::int64_t plane;
  std::int64_t component;
};

template <class T, class View>
auto block_of(const View& view, const grid::Index& lower) {
  auto* const first = view.template at<T>(lower);
  return Block<std::remove_pointer_t<decltype(first)>>{first, view.stride[1], view.stride[2], view.stride[3]};
}

/// Describes a box that is stored contiguously, as in a message.
template <class T>
Block<T> packed_block(T* first, const grid::Box& cells) {
  return {first, cells.extent(0), cells.extent(0) * cells.extent(1), cells.volume()};
}

/// Copies rows of `width` elements. Rows of ghost cells beyond an x face have only a few elements, and each
/// row is in a separate cache line. With a width that is known at compile time, many loads are in flight at
/// once.
template <int width, class T>
void copy_narrow_rows(T* to, const T* from, std::int64_t rows, std::int64_t to_row, std::int64_t from_row) {
  for (std::int64_t j = 0; j < rows; ++j) {
    for (int i = 0; i < width; ++i) to[i] = from[i];
    to += to_row;
    from += from_row;
  }
}

template <class T>
void copy_block(const Block<const T>& from, const Block<T>& to, const grid::Index& extent, int components) {
  for (int c = 0; c < components; ++c) {
    for (std::int64_t k = 0; k < extent[2]; ++k) {
      const T* source = from.first + c * from.component + k * from.plane;
      T* target = to.first + c * to.component + k * to.plane;
      switch (extent[0]) {
        case 1:
          copy_narrow_rows<1>(target, source, extent[1], to.row, from.row);
          break;
        case 2:
          copy_narrow_rows<2>(target, source, extent[1], to.row, from.row);
          break;
        case 3:
          copy_narrow_rows<3>(target, source, extent[1], to.row, from.row);
          break;
        case 4:
          copy_narrow_rows<4>(target, source, extent[1], to.row, from.row);
          break;
        default:
          for (std::int64_t j = 0; j < extent[1]; ++j) {
            std::memcpy(target + j * to.row, source + j * from.row,
                        static_cast<std::size_t>(extent[0]) * sizeof(T));
          }
      }
    }
  }
}

}  // namespace

std::size_t packed_bytes(const ConstFieldView& view, const grid::Box& cells) {
  return static_cast<std::size_t>(cells.volume() * view.components) * bytes_of(view.scalar);
}

std::byte* pack(const ConstFieldView& from, const grid::Box& cells, std::byte* out) {
  with_scalar(from.scalar, [&](auto zero) {
    using T = decltype(zero);
    copy_block(block_of<T>(from, cells.lower), packed_block(reinterpret_cast<T*>(out), cells),
               cells.extents(), from.components);
  });
  return out + packed_bytes(from, cells);
}

const std::byte* unpack(const std::byte* in, const FieldView& to, const grid::Box& cells) {
  with_scalar(to.scalar, [&](auto zero) {
    using T = decltype(zero);
    copy_block(packed_block(reinterpret_cast<const T*>(in), cells), block_of<T>(to, cells.lower),
               cells.extents(), to.components);
  });
  return in + packed_bytes(to, cells);
}

void copy(const ConstFieldView& from, const grid::Box& cells, const FieldView& to, const grid::Index& at) {
  with_scalar(from.scalar, [&](auto zero) {
    using T = decltype(zero);
    copy_block(block_of<T>(from, cells.lower), block_of<T>(to, at), cells.extents(), from.components);
  });
}

}  // namespace tessera::field
