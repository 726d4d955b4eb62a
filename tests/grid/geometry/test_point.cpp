#include "grid/geometry/point.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace tessera::grid;

namespace {

Geometry make_geometry(bool periodic) {
  Geometry g;
  g.dimensions = 2;
  g.cells = {{8, 4, 1}};
  g.lower = {-1.0, 0.0, 0.0};
  g.upper = {3.0, 1.0, 1.0};
  g.periodic = {periodic, false, false};
  return g;
}

}  // namespace

TEST_CASE("the cell at a point contains it, or is the nearest") {
  const Geometry g = make_geometry(false);
  CHECK(cell_at(g, {-1.0, 0.0, 0.0}) == Index{{0, 0, 0}});
  CHECK(cell_at(g, {-0.5, 0.25, 0.0}) == Index{{1, 1, 0}});
  CHECK(cell_at(g, {0.49, 0.74, 9.0}) == Index{{2, 2, 0}});
  CHECK(cell_at(g, {3.0, 1.0, 0.0}) == Index{{7, 3, 0}});
  CHECK(cell_at(g, {-2.0, 5.0, 0.0}) == Index{{0, 3, 0}});
}

TEST_CASE("along a periodic axis, a point beyond the bounds is in a cell at the other side") {
  const Geometry g = make_geometry(true);
  CHECK(cell_at(g, {3.0, 0.0, 0.0}) == Index{{7, 0, 0}});
  CHECK(cell_at(g, {3.1, 0.0, 0.0}) == Index{{0, 0, 0}});
  CHECK(cell_at(g, {6.6, 0.0, 0.0}) == Index{{7, 0, 0}});
  CHECK(cell_at(g, {-1.1, 0.0, 0.0}) == Index{{7, 0, 0}});
  CHECK(cell_at(g, {-4.9, 1.2, 0.0}) == Index{{0, 3, 0}});
}

TEST_CASE("distances are Euclidean, or along great circles on a sphere") {
  Geometry g = make_geometry(false);
  CHECK(distance(g, {0.0, 0.0, 5.0}, {3.0, 4.0, 9.0}) == 5.0);  // two dimensions
  g.coordinates = Coordinates::spherical;
  g.radius = 2.0;
  const double pi = 3.14159265358979323846;
  CHECK(std::abs(distance(g, {10.0, 0.0, 0.0}, {100.0, 0.0, 0.0}) - pi) < 1e-15);
  CHECK(std::abs(distance(g, {10.0, 60.0, 0.0}, {190.0, 60.0, 0.0}) - 2.0 * pi / 3.0) < 1e-15);
}
