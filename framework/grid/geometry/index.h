// An index of a cell or chunk, or an extent along each axis: three 64-bit integers.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::grid {

/// The axes are in the order x, y, z; x varies fastest in memory.
struct Index {
  std::array<std::int64_t, 3> at{0, 0, 0};

  constexpr std::int64_t& operator[](int axis) { return at[static_cast<std::size_t>(axis)]; }
  constexpr std::int64_t operator[](int axis) const { return at[static_cast<std::size_t>(axis)]; }

  constexpr Index& operator+=(const Index& o) {
    for (int a = 0; a < 3; ++a) (*this)[a] += o[a];
    return *this;
  }
  constexpr Index& operator-=(const Index& o) {
    for (int a = 0; a < 3; ++a) (*this)[a] -= o[a];
    return *this;
  }
  /// An index that is `n` along each axis.
  static constexpr Index all(std::int64_t n) { return {{n, n, n}}; }

  friend constexpr Index operator+(Index l, const Index& r) { return l += r; }
  friend constexpr Index operator-(Index l, const Index& r) { return l -= r; }
  friend constexpr bool operator==(const Index&, const Index&) = default;
  friend constexpr auto operator<=>(const Index&, const Index&) = default;
};

/// The linear index of `index` in the box from 0 to `extent`, x fastest. index_at() is the inverse.
constexpr std::int64_t linear_index(const Index& index, const Index& extent) {
  return index[0] + extent[0] * (index[1] + extent[1] * index[2]);
}
constexpr Index index_at(std::int64_t position, const Index& extent) {
  return {{position % extent[0], position / extent[0] % extent[1], position / (extent[0] * extent[1])}};
}

}  // namespace tessera::grid
