#include "grid/geometry/geometry.h"

#include <catch2/catch.hpp>

#include <numbers>

using namespace tessera::grid;

TEST_CASE("spacing, centres and volumes of Cartesian cells follow from the bounds of the domain") {
  Geometry g;
  g.dimensions = 2;
  g.cells = {{4, 5, 1}};
  g.lower = {-1.0, 10.0, 0.0};
  g.upper = {1.0, 20.0, 1.0};
  CHECK(g.spacing(0) == 0.5);
  CHECK(g.spacing(1) == 2.0);
  CHECK(g.spacing(2) == 1.0);
  CHECK(g.centre(0, 0) == -0.75);
  CHECK(g.centre(1, 4) == 19.0);
  CHECK(g.centre(0, -1) == -1.25);
  CHECK(g.cell_volume(0) == 1.0);
  CHECK(g.domain() == Box{{}, {{4, 5, 1}}});
}

TEST_CASE("the areas of the cells of a sphere add up to its surface area") {
  Geometry g;
  g.coordinates = Coordinates::spherical;
  g.dimensions = 2;
  g.cells = {{36, 18, 1}};
  g.lower = {-180.0, -90.0, 0.0};
  g.upper = {180.0, 90.0, 1.0};
  g.radius = 6371220.0;
  double sum = 0.0;
  for (std::int64_t j = 0; j < 18; ++j) sum += 36 * g.cell_volume(j);
  CHECK(sum == Approx(4.0 * std::numbers::pi * g.radius * g.radius).epsilon(1e-13));
  CHECK(g.cell_volume(0) == Approx(g.cell_volume(17)).epsilon(1e-12));
  CHECK(g.cell_volume(0) < g.cell_volume(9));
}
