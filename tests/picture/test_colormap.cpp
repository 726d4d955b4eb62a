#include "base/error.h"
#include "picture/colormap.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>

using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::picture::Colormap;
using tessera::picture::Rgb;

TEST_CASE("every listed colour map exists") {
  for (const std::string_view name : tessera::picture::colormap_names)
    CHECK_NOTHROW(Colormap{std::string{name}});
}

TEST_CASE("an unknown colour map is rejected with a list of all colour maps") {
  try {
    Colormap{"jet"};
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.code() == ExitCode::bad_job);
    CHECK_THAT(error.text(), Catch::Contains("`jet`") && Catch::Contains("viridis, inferno"));
  }
}

TEST_CASE("viridis, inferno and plasma have their published colours") {
  CHECK(Colormap{"viridis"}.at(0) == Rgb{68, 1, 84});
  CHECK(Colormap{"viridis"}.at(1) == Rgb{253, 231, 37});
  CHECK(Colormap{"viridis"}.at(130.0 / 255) == Rgb{0x20, 0x92, 0x8c});
  CHECK(Colormap{"inferno"}.at(0) == Rgb{0, 0, 4});
  CHECK(Colormap{"inferno"}.at(1) == Rgb{252, 255, 164});
  CHECK(Colormap{"plasma"}.at(0) == Rgb{13, 8, 135});
  CHECK(Colormap{"plasma"}.at(1) == Rgb{240, 249, 33});
  // Entry 128 of viridis is interpolated, so it may differ by rounding.
  const Rgb middle = Colormap{"viridis"}.at(128.0 / 255);
  CHECK(std::abs(middle.r - 33) <= 1);
  CHECK(std::abs(middle.g - 145) <= 1);
  CHECK(std::abs(middle.b - 140) <= 1);
}

TEST_CASE("diverging colour maps are neutral in the middle") {
  CHECK(Colormap{"coolwarm"}.kind() == Colormap::Kind::diverging);
  CHECK(Colormap{"coolwarm"}.at(0) == Rgb{59, 76, 192});
  CHECK(Colormap{"coolwarm"}.at(0.5) == Rgb{221, 221, 221});
  CHECK(Colormap{"coolwarm"}.at(1) == Rgb{180, 4, 38});
  CHECK(Colormap{"balance"}.at(0.5) == Rgb{0xf7, 0xf6, 0xf4});
}

TEST_CASE("values outside [0, 1] are clamped, gray is linear, and topo has a sharp coast") {
  const Colormap gray{"gray"};
  CHECK(gray.at(-3) == Rgb{0, 0, 0});
  CHECK(gray.at(7) == Rgb{255, 255, 255});
  CHECK(gray.at(std::nan("")) == Rgb{0, 0, 0});
  CHECK(gray.at(0.2) == Rgb{51, 51, 51});
  const Colormap topo{"topo"};
  CHECK(topo.kind() == Colormap::Kind::sea_land);
  CHECK(topo.at(0.5 - 1e-9) == Rgb{0xc2, 0xe2, 0xee});
  CHECK(topo.at(0.5) == Rgb{0x5f, 0x8f, 0x57});
}
