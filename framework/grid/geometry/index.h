// A place in the grid, or an extent of it: three 64-bit numbers.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::grid {

/// Axis order is x, y, z; x is the fastest in memory.
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
  /// The same number along each axis.
  static constexpr Index all(std::int64_t n) { return {{n, n, n}}; }

  friend constexpr Index operator+(Index l, const Index& r) { return l += r; }
  friend constexpr Index operator-(Index l, const Index& r) { return l -= r; }
  friend constexpr bool operator==(const Index&, const Index&) = default;
  friend constexpr auto operator<=>(const Index&, const Index&) = default;
};

}  // namespace tessera::grid
