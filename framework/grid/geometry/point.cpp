#include "grid/geometry/point.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tessera::grid {

double distance(const Geometry& g, const Point& a, const Point& b) {
  if (g.coordinates == Coordinates::spherical) {
    const double degree = std::numbers::pi / 180.0;
    const double dx = std::sin((b[0] - a[0]) * degree / 2.0);
    const double dy = std::sin((b[1] - a[1]) * degree / 2.0);
    const double h = dy * dy + std::cos(a[1] * degree) * std::cos(b[1] * degree) * dx * dx;
    return 2.0 * g.radius * std::asin(std::min(1.0, std::sqrt(h)));
  }
  double sum = 0.0;
  for (int n = 0; n < g.dimensions; ++n) {
    const auto i = static_cast<std::size_t>(n);
    sum += (b[i] - a[i]) * (b[i] - a[i]);
  }
  return std::sqrt(sum);
}

Index cell_at(const Geometry& g, const Point& point) {
  Index cell;
  for (int a = 0; a < g.dimensions; ++a) {
    const auto n = static_cast<std::size_t>(a);
    double x = point[n];
    const double length = g.upper[n] - g.lower[n];
    if (g.periodic[n] && x < g.lower[n]) x += length;
    if (g.periodic[n] && x > g.upper[n]) x -= length;
    const double position = (x - g.lower[n]) / g.spacing(a);
    cell[a] = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(position)), 0, g.cells[a] - 1);
  }
  return cell;
}

}  // namespace tessera::grid
