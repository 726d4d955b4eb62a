// A box of cells or chunks: the lower bound is inclusive, the upper bound exclusive.
#pragma once

#include "grid/geometry/index.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::grid {

struct Box {
  Index lower;
  Index upper;

  constexpr std::int64_t extent(int axis) const { return upper[axis] - lower[axis]; }
  constexpr Index extents() const { return upper - lower; }
  constexpr bool empty() const { return extent(0) <= 0 || extent(1) <= 0 || extent(2) <= 0; }
  /// Number of cells or chunks in the box.
  constexpr std::int64_t volume() const { return empty() ? 0 : extent(0) * extent(1) * extent(2); }

  constexpr bool contains(const Index& i) const {
    for (int a = 0; a < 3; ++a) {
      if (i[a] < lower[a] || i[a] >= upper[a]) return false;
    }
    return true;
  }
  /// An empty box is contained in every box.
  constexpr bool contains(const Box& o) const {
    if (o.empty()) return true;
    for (int a = 0; a < 3; ++a) {
      if (o.lower[a] < lower[a] || o.upper[a] > upper[a]) return false;
    }
    return true;
  }

  constexpr Box shifted(const Index& by) const { return {lower + by, upper + by}; }
  constexpr Box grown(const Index& by) const { return {lower - by, upper + by}; }

  friend constexpr bool operator==(const Box&, const Box&) = default;
  friend constexpr auto operator<=>(const Box&, const Box&) = default;
};

/// The box of all cells that are in both `a` and `b`. The result may be empty.
constexpr Box intersection(const Box& a, const Box& b) {
  Box out;
  for (int axis = 0; axis < 3; ++axis) {
    out.lower[axis] = std::max(a.lower[axis], b.lower[axis]);
    out.upper[axis] = std::min(a.upper[axis], b.upper[axis]);
  }
  return out;
}

/// The box that contains only the cell or chunk `index`.
constexpr Box box_at(const Index& index) { return {index, index + Index::all(1)}; }

/// Calls f(index) for the index of each cell or chunk in a box, x fastest.
template <class F>
void for_each_index(const Box& box, F f) {
  for (std::int64_t k = box.lower[2]; k < box.upper[2]; ++k) {
    for (std::int64_t j = box.lower[1]; j < box.upper[1]; ++j) {
      for (std::int64_t i = box.lower[0]; i < box.upper[0]; ++i) f(Index{{i, j, k}});
    }
  }
}

/// The cells of `whole` that are not in `hole`, as at most six disjoint boxes. They are split off along z
/// first, then along y, then along x, so that rows stay long.
std::vector<Box> difference(const Box& whole, const Box& hole);

/// Formats the indices along the axes of a domain with this many dimensions: a box for example as
/// "[0,64)x[0,32)", and an index as "(3, 5)".
std::string to_string(const Box& box, int dimensions = 3);
std::string to_string(const Index& index, int dimensions = 3);

}  // namespace tessera::grid
