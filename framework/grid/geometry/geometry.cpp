#include "grid/geometry/geometry.h"

#include <cmath>
#include <numbers>

namespace tessera::grid {

double Geometry::cell_volume(std::int64_t j) const {
  if (coordinates == Coordinates::cartesian) return spacing(0) * spacing(1) * spacing(2);
  const double degree = std::numbers::pi / 180.0;
  const double south = lower[1] + static_cast<double>(j) * spacing(1);
  const double north = lower[1] + static_cast<double>(j + 1) * spacing(1);
  return radius * radius * spacing(0) * degree * (std::sin(north * degree) - std::sin(south * degree));
}

}  // namespace tessera::grid
