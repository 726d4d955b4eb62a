// Where the values of one field of one brick lie.
#pragma once

#include "grid/geometry/box.h"

#include <array>
#include <cstddef>

namespace tessera::field {

enum class Scalar { float64, float32 };

constexpr std::size_t bytes_of(Scalar s) { return s == Scalar::float64 ? 8 : 4; }

/// Element (i, j, k) of component c, counted from the brick's first owned cell, lies `i*stride[0] +
/// j*stride[1] + k*stride[2] + c*stride[3]` elements after `origin`. stride[0] is 1; strides along axes
/// beyond the domain's dimensions are 0.
struct FieldView {
  std::byte* origin = nullptr;
  std::array<std::int64_t, 4> stride{1, 0, 0, 0};
  grid::Index ghost;
  Scalar scalar = Scalar::float64;
  int components = 1;

  /// Address of an element; indices local to the brick.
  template <class T>
  T* at(const grid::Index& cell, int component = 0) const {
    return reinterpret_cast<T*>(origin) + cell[0] + cell[1] * stride[1] + cell[2] * stride[2] +
           component * stride[3];
  }
};

}  // namespace tessera::field
