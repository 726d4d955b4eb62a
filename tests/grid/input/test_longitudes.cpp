#include "base/error.h"
#include "grid/input/grid_data.h"
#include "grid/input/longitudes.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <optional>
#include <vector>

using Catch::Contains;
using tessera::base::Error;
using tessera::input::fit_longitudes;
using tessera::input::GridData;
using tessera::input::GridSource;
using tessera::input::is_closed;
using tessera::input::overlaps_twice;
using tessera::input::Region;
using tessera::input::rotate_columns;
using tessera::input::shift_to_overlap;
using tessera::input::unwrap_longitudes;

namespace {

const std::vector<double> whole{-180, -135, -90, -45, 0, 45, 90, 135};

}  // namespace

TEST_CASE("longitudes are shifted by multiples of 360 degrees to cover a domain") {
  const auto shift = [](const std::vector<double>& axis, double lower, double upper) {
    const auto fit = fit_longitudes(axis, lower, upper);
    REQUIRE(fit);
    CHECK_FALSE(fit->rotate);
    return fit->shift;
  };
  CHECK(shift({170, 180, 190}, 171, 189) == 0.0);
  CHECK(shift({170, 180, 190}, -189, -171) == -360.0);
  CHECK(shift({189, 180, 171}, -189, -171) == -360.0);
  CHECK(shift({-20, -10}, 341, 349) == 360.0);
  CHECK(shift({-20, -10}, 331, 359) == 360.0);  // up to one spacing beyond the columns
  CHECK(shift(whole, -180, 135) == 0.0);
  CHECK(fit_longitudes({170, 180, 190}, 100, 189) == std::nullopt);
}

TEST_CASE("longitudes that jump at the date line are continued") {
  const auto unwrapped = [](std::vector<double> axis) {
    unwrap_longitudes(axis);
    return axis;
  };
  CHECK(unwrapped({170, 180, -170}) == std::vector<double>{170, 180, 190});
  CHECK(unwrapped({-170, 180, 170}) == std::vector<double>{-170, -180, -190});
  CHECK(unwrapped({350, 0, 10}) == std::vector<double>{350, 360, 370});
  CHECK(unwrapped(whole) == whole);
  CHECK(unwrapped({0, 100, 50}) == std::vector<double>{0, 100, 50});
}

TEST_CASE("longitudes are shifted to overlap with a domain") {
  CHECK(shift_to_overlap({170, 180, 190}, -200, -180) == -360.0);
  CHECK(shift_to_overlap({170, 180, 190}, 100, 120) == 0.0);
  CHECK(shift_to_overlap({-170, -180}, 150, 185) == 360.0);
}

TEST_CASE("a grid that covers both ends of a domain is recognised") {
  CHECK(overlaps_twice({170, 175, 180, 185, 190}, -180, 180));
  CHECK(overlaps_twice({-170, -175, -180, -185, -190}, -180, 180));
  CHECK_FALSE(overlaps_twice({170, 175, 180}, -180, 180));
  CHECK_FALSE(overlaps_twice({172, 177, 182}, -180, 180));  // a part of one cell
  CHECK_FALSE(overlaps_twice({170, 175, 180, 185, 190}, 100, 200));
}

TEST_CASE("partial data at both ends of the domain are rejected") {
  const tessera::test::TemporaryFolder folder;
  GridSource source{folder.file("a.h5"), "v", {}};
  source.longitudes = true;
  source.partial = true;
  {
    tessera::test::Hdf5Writer file{source.path};
    file.write_reals("v", {2, 5}, {0, 1, 2, 3, 4, 10, 11, 12, 13, 14});
    file.write_reals("lat", {2}, {-10, 10});
    file.write_reals("lon", {5}, {170, 175, 180, 185, 190});
  }
  CHECK_THROWS_WITH(GridData::read(source, 2, Region{{-180, -20, 0}, {180, 20, 0}}),
                    Contains("at both ends of the domain") && Contains("from 170 to 190"));
  const GridData grid = GridData::read(source, 2, Region{{-200, -20, 0}, {-160, 20, 0}});
  CHECK(grid.at(std::vector<double>{-175, -10}) == 3.0);
}

TEST_CASE("a grid around the Earth continues beyond its last column") {
  const auto rotates = [](double lower, double upper) {
    const auto fit = fit_longitudes(whole, lower, upper);
    return fit && fit->rotate;
  };
  CHECK(rotates(150, 200));
  CHECK(rotates(140, 150));  // within one spacing of the last column: not the value at the edge
  CHECK(rotates(-190, 170));
  CHECK_FALSE(rotates(-190, 171));
  CHECK_FALSE(rotates(0, 100));
}

TEST_CASE("a grid is closed if its columns go around the Earth") {
  CHECK(is_closed(whole));
  CHECK(is_closed({-180, -90, 0, 90, 180}));
  CHECK_FALSE(is_closed({-180, -135, -90, -45, 0, 45, 90}));
}

TEST_CASE("columns are rotated across the date line") {
  std::vector<double> axis = whole;
  std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17};
  rotate_columns(axis, values, 150, 200);
  // One column more on each side than needed.
  CHECK(axis == std::vector<double>{90, 135, 180, 225, 270});
  CHECK(values == std::vector<double>{6, 7, 0, 1, 2, 16, 17, 10, 11, 12});
}

TEST_CASE("a whole turn between two columns has columns on both sides") {
  std::vector<double> axis{-157.5, -112.5, -67.5, -22.5, 22.5, 67.5, 112.5, 157.5};
  std::vector<double> values{0, 1, 2, 3, 4, 5, 6, 7};
  rotate_columns(axis, values, -180, 180);
  CHECK(axis == std::vector<double>{-247.5, -202.5, -157.5, -112.5, -67.5, -22.5, 22.5, 67.5, 112.5, 157.5,
                                    202.5, 247.5});
  CHECK(values == std::vector<double>{6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1});
}

TEST_CASE("a grid around the Earth must cover the latitudes of the domain") {
  const tessera::test::TemporaryFolder folder;
  GridSource source{folder.file("a.h5"), "v", {}};
  source.longitudes = true;
  {
    tessera::test::Hdf5Writer file{source.path};
    file.write_reals("v", {2, 8}, {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17});
    file.write_reals("lat", {2}, {-10, 10});
    file.write_reals("lon", {8}, whole);
  }
  const GridData grid = GridData::read(source, 2, Region{{150, -20, 0}, {200, 30, 0}});
  CHECK(grid.at(std::vector<double>{180, 10}) == 10.0);
  CHECK_THROWS_WITH(GridData::read(source, 2, Region{{150, -20, 0}, {200, 31, 0}}),
                    Contains("does not cover the domain") && Contains("y from -10 to 10"));
}

TEST_CASE("a last column that repeats the first one is used once") {
  std::vector<double> axis{-180, -90, 0, 90, 180};
  std::vector<double> values{0, 1, 2, 3, 0};
  rotate_columns(axis, values, 100, 260);
  CHECK(axis == std::vector<double>{0, 90, 180, 270, 360});
  CHECK(values == std::vector<double>{2, 3, 0, 1, 2});
}
