// Boxes of coordinates, and the cells in them.
#pragma once

#include "grid/geometry/geometry.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tessera::grid {

/// A box of coordinates, which includes its bounds. Along a periodic axis, it may cross the bounds of the
/// domain, but is not longer than the domain.
struct Bounds {
  std::array<double, 3> lower{0.0, 0.0, 0.0};
  std::array<double, 3> upper{1.0, 1.0, 1.0};
};

/// A range of cells along an axis; `end` is exclusive.
struct CellRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  friend bool operator==(const CellRange&, const CellRange&) = default;
};

/// Returns the multiple of 360 by which the interval from `lower` to `upper` must be shifted along an axis to
/// lie in the domain; nullopt if none leads there. Only longitudes can be shifted by other multiples than 0.
/// Along a periodic axis, it suffices that one end of the interval is in the domain.
std::optional<double> shift_into_domain(const Geometry& geometry, int axis, double lower, double upper);

/// Returns the cells along an axis whose centres are in the interval, as at most two disjoint ranges, of
/// which none is empty. The interval must satisfy the conditions of Bounds.
std::vector<CellRange> cells_between(const Geometry& geometry, int axis, double lower, double upper);

/// Returns the cells whose centres are in `bounds`, as disjoint boxes.
std::vector<Box> cells_in(const Geometry& geometry, const Bounds& bounds);

}  // namespace tessera::grid
