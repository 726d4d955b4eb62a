// Points of the domain.
#pragma once

#include "grid/geometry/geometry.h"

#include <array>

namespace tessera::grid {

/// Coordinates of a point, as in Geometry.
using Point = std::array<double, 3>;

/// The distance between two points: on a sphere, along the great circle in metres; otherwise Euclidean, in
/// the job's unit of length.
double distance(const Geometry& geometry, const Point& a, const Point& b);

/// The cell that contains a point; outside the domain, the nearest cell. Along a periodic axis, the point may
/// be beyond the bounds of the domain by at most its length.
Index cell_at(const Geometry& geometry, const Point& point);

}  // namespace tessera::grid
