// A view of the values of one field in one brick.
#pragma once

#include "grid/geometry/box.h"

#include <array>
#include <cstddef>
#include <type_traits>

namespace tessera::field {

enum class Scalar { float64, float32 };

constexpr std::size_t bytes_of(Scalar s) { return s == Scalar::float64 ? 8 : 4; }

/// Calls f with a zero of the C++ type that `scalar` denotes.
template <class F>
void with_scalar(Scalar scalar, F f) {
  if (scalar == Scalar::float64) {
    f(double{});
  } else {
    f(float{});
  }
}

/// The values of one field in one brick. Element (i, j, k) of component c, counted from the brick's first
/// owned cell, is stored `i*stride[0] + j*stride[1] + k*stride[2] + c*stride[3]` elements after `origin`.
/// stride[0] is 1; strides along axes beyond the domain's dimensions are 0. `Byte`: std::byte, or const
/// std::byte for a read-only view.
template <class Byte>
struct BasicView {
  Byte* origin = nullptr;
  std::array<std::int64_t, 4> stride{1, 0, 0, 0};
  grid::Index ghost;
  Scalar scalar = Scalar::float64;
  int components = 1;

  /// Address of an element. `cell`: local index in the brick. T must be the type that `scalar` denotes.
  template <class T>
  auto at(const grid::Index& cell, int component = 0) const {
    using Element = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    return reinterpret_cast<Element*>(origin) + cell[0] + cell[1] * stride[1] + cell[2] * stride[2] +
           component * stride[3];
  }

  double value(const grid::Index& cell, int component = 0) const {
    return scalar == Scalar::float64 ? *at<double>(cell, component)
                                     : static_cast<double>(*at<float>(cell, component));
  }

  operator BasicView<const std::byte>() const requires(!std::is_const_v<Byte>) {
    return {origin, stride, ghost, scalar, components};
  }
};

using FieldView = BasicView<std::byte>;
using ConstFieldView = BasicView<const std::byte>;

}  // namespace tessera::field
