#include "grid/geometry/bounds.h"

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

using namespace tessera::grid;

namespace {

using Ranges = std::vector<CellRange>;

/// Eight cells of length 0.5 along x, from -1 to 3, and four cells along y, from 0 to 1.
Geometry make_geometry(bool periodic) {
  Geometry g;
  g.dimensions = 2;
  g.cells = {{8, 4, 1}};
  g.lower = {-1.0, 0.0, 0.0};
  g.upper = {3.0, 1.0, 1.0};
  g.periodic = {periodic, false, false};
  return g;
}

/// 36 cells of 10 degrees along x.
Geometry make_sphere(bool periodic) {
  Geometry g = make_geometry(periodic);
  g.coordinates = Coordinates::spherical;
  g.cells = {{36, 4, 1}};
  g.lower = {-180.0, -20.0, 0.0};
  g.upper = {180.0, 20.0, 1.0};
  return g;
}

}  // namespace

TEST_CASE("a cell is in an interval if its centre is, the ends included") {
  const Geometry g = make_geometry(false);  // centres at -0.75, -0.25, ..., 2.75
  CHECK(cells_between(g, 0, -1.0, 3.0) == Ranges{{0, 8}});
  CHECK(cells_between(g, 0, -0.75, 2.75) == Ranges{{0, 8}});
  CHECK(cells_between(g, 0, -0.7499, 2.7499) == Ranges{{1, 7}});
  CHECK(cells_between(g, 0, 0.25, 0.25) == Ranges{{2, 3}});
  CHECK(cells_between(g, 0, 0.3, 0.7).empty());
  CHECK(cells_between(g, 0, -1.0, -0.8).empty());
  CHECK(cells_between(g, 0, 2.8, 3.0).empty());
  CHECK(cells_between(g, 2, 0.0, 1.0) == Ranges{{0, 1}});
}

TEST_CASE(
    "along a periodic axis, an interval may cross the bounds of the domain, and each cell counts once") {
  const Geometry g = make_geometry(true);
  CHECK(cells_between(g, 0, 0.0, 1.0) == Ranges{{2, 4}});
  CHECK(cells_between(g, 0, 2.0, 4.0) == Ranges{{0, 2}, {6, 8}});
  CHECK(cells_between(g, 0, -2.0, 0.0) == Ranges{{0, 2}, {6, 8}});
  CHECK(cells_between(g, 0, 2.8, 3.5) == Ranges{{0, 1}});
  CHECK(cells_between(g, 0, -1.2, -0.9).empty());
  CHECK(cells_between(g, 0, -1.25, -0.9) == Ranges{{7, 8}});
  // The centre of cell 4, at 1.25, is at both ends of these intervals.
  CHECK(cells_between(g, 0, 1.25, 5.25) == Ranges{{0, 5}, {5, 8}});
  CHECK(cells_between(g, 0, -2.75, 1.25) == Ranges{{0, 5}, {5, 8}});
}

TEST_CASE("an interval lies in the domain, or crosses its bounds along a periodic axis") {
  const Geometry bounded = make_geometry(false);
  CHECK(shift_into_domain(bounded, 0, -1.0, 3.0) == 0.0);
  CHECK_FALSE(shift_into_domain(bounded, 0, -1.1, 3.0));
  CHECK_FALSE(shift_into_domain(bounded, 0, 2.0, 3.1));
  CHECK_FALSE(shift_into_domain(bounded, 0, 360.0, 361.0));
  const Geometry periodic = make_geometry(true);
  CHECK(shift_into_domain(periodic, 0, 2.0, 4.0) == 0.0);
  CHECK(shift_into_domain(periodic, 0, -2.0, 0.0) == 0.0);
  CHECK_FALSE(shift_into_domain(periodic, 0, 4.0, 5.0));
  CHECK_FALSE(shift_into_domain(periodic, 1, 0.5, 1.5));  // not along y
}

TEST_CASE("longitudes are shifted by multiples of 360") {
  for (const bool periodic : {false, true}) {
    const Geometry g = make_sphere(periodic);
    CHECK(shift_into_domain(g, 0, -10.0, 10.0) == 0.0);
    CHECK(shift_into_domain(g, 0, 190.0, 200.0) == -360.0);
    CHECK(shift_into_domain(g, 0, -530.0, -520.0) == 360.0);
    CHECK(shift_into_domain(g, 0, 700.0, 800.0) == -720.0);
    CHECK_FALSE(shift_into_domain(g, 1, 350.0, 355.0));
  }
  CHECK_FALSE(shift_into_domain(make_sphere(false), 0, 170.0, 190.0));
  const Geometry g = make_sphere(true);
  CHECK(shift_into_domain(g, 0, 170.0, 190.0) == 0.0);
  CHECK(cells_between(g, 0, 170.0, 190.0) == Ranges{{0, 1}, {35, 36}});
  CHECK(cells_between(g, 0, -190.0, -170.0) == Ranges{{0, 1}, {35, 36}});
}

TEST_CASE("the cells in a box of coordinates are disjoint boxes of cells") {
  Geometry g = make_geometry(true);
  CHECK(cells_in(g, {{-1.0, 0.0, 0.0}, {3.0, 1.0, 1.0}}) == std::vector<Box>{g.domain()});
  CHECK(cells_in(g, {{2.0, 0.25, 0.0}, {3.5, 0.75, 1.0}}) ==
        std::vector<Box>{{{{0, 1, 0}}, {{1, 3, 1}}}, {{{6, 1, 0}}, {{8, 3, 1}}}});
  CHECK(cells_in(g, {{0.3, 0.0, 0.0}, {0.4, 1.0, 1.0}}).empty());
  g.periodic[1] = true;
  CHECK(cells_in(g, {{2.0, -0.25, 0.0}, {3.5, 0.25, 1.0}}).size() == 4);
}
