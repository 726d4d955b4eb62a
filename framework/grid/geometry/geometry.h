// The extents, cells and coordinates of the domain.
#pragma once

#include "grid/geometry/box.h"

#include <array>
#include <cmath>
#include <numbers>

namespace tessera::grid {

enum class Coordinates { cartesian, spherical };

/// The domain: a uniform grid of cells between `lower` and `upper`. Coordinates are in the job's unit of
/// length or, on a sphere, in degrees of longitude (x) and latitude (y). Axes beyond `dimensions` have one
/// cell, from 0 to 1.
struct Geometry {
  Coordinates coordinates = Coordinates::cartesian;
  int dimensions = 1;
  Index cells{{1, 1, 1}};
  std::array<double, 3> lower{0.0, 0.0, 0.0};
  std::array<double, 3> upper{1.0, 1.0, 1.0};
  std::array<bool, 3> periodic{false, false, false};
  double radius = 0.0;  ///< radius of the sphere in metres

  Box domain() const { return {{}, cells}; }
  double spacing(int axis) const {
    const auto a = static_cast<std::size_t>(axis);
    return (upper[a] - lower[a]) / static_cast<double>(cells[axis]);
  }
  /// Coordinate of the centre of a cell, computed with the same expression as the SDK's Geometry::x().
  double centre(int axis, std::int64_t cell) const {
    return lower[static_cast<std::size_t>(axis)] + (static_cast<double>(cell) + 0.5) * spacing(axis);
  }
  /// Length, area (m^2 on a sphere) or volume of a cell in row `j`, as the SDK's cell_volume() returns it.
  double cell_volume(std::int64_t j) const {
    if (coordinates == Coordinates::cartesian) return spacing(0) * spacing(1) * spacing(2);
    const double radians_per_degree = std::numbers::pi / 180.0;
    const double south = lower[1] + static_cast<double>(j) * spacing(1);
    const double north = lower[1] + static_cast<double>(j + 1) * spacing(1);
    return radius * radius * spacing(0) * radians_per_degree *
           (std::sin(north * radians_per_degree) - std::sin(south * radians_per_degree));
  }
};

}  // namespace tessera::grid
