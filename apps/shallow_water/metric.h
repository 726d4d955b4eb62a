// Metric factors of a row of cells, on a plane or a sphere.
#pragma once

#include <tessera/patch.hpp>

#include <cmath>
#include <numbers>

namespace shallow_water {

/// Factors that convert fluxes to rates of change in one row of cells.
struct Metric {
  double x;         ///< length of the east or west face, divided by the area of the cell, 1/m
  double south;     ///< length of the south face, divided by the area of the cell, 1/m
  double north;     ///< length of the north face, divided by the area of the cell, 1/m
  double gradient;  ///< 1/(distance between the south and the north face), 1/m
  double tangent;   ///< tan(latitude)/radius, 1/m, for the curvature term; 0 on a plane
  double coriolis;  ///< Coriolis parameter, 1/s

  /// The factors of row j. `rotation` is the angular velocity of the sphere, `f_plane` the Coriolis parameter
  /// of a plane, both in 1/s.
  static Metric of_row(const tessera::Geometry& g, int j, double rotation, double f_plane) {
    using tessera::Axis;
    if (!g.spherical()) {
      const double y = g.dimensions() > 1 ? 1.0 / g.spacing(Axis::y) : 0.0;
      return {1.0 / g.spacing(Axis::x), y, y, y, 0.0, f_plane};
    }
    constexpr double kDegree = std::numbers::pi / 180.0;
    const double south = g.face(Axis::y, j) * kDegree;
    const double north = g.face(Axis::y, j + 1) * kDegree;
    const double middle = g.y(j) * kDegree;
    const double band = g.radius() * (std::sin(north) - std::sin(south));
    return {g.spacing(Axis::y) / (band * g.spacing(Axis::x)),
            std::cos(south) / band,
            std::cos(north) / band,
            1.0 / (g.radius() * g.spacing(Axis::y) * kDegree),
            std::tan(middle) / g.radius(),
            2.0 * rotation * std::sin(middle)};
  }
};

}  // namespace shallow_water
