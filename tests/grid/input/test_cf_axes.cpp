#include "base/error.h"
#include "grid/input/cf_axes.h"

#include <catch2/catch.hpp>

#include <utility>

using Catch::Contains;
using tessera::base::Error;
using tessera::input::AxisRole;
using tessera::input::GridSource;
using tessera::input::map_axes;
using tessera::input::NumberType;
using tessera::input::role_of;
using tessera::input::StoredCoordinate;
using tessera::input::StoredDimension;
using tessera::input::StoredVariable;

namespace {

using Texts = std::vector<std::pair<std::string, std::string>>;

StoredCoordinate coordinate(const std::string& name, const Texts& attributes = {}) {
  StoredCoordinate out{name, NumberType::float64, {}, {}};
  for (const auto& [key, text] : attributes) out.attributes.list.push_back({key, text, NumberType::int8});
  return out;
}

StoredDimension dimension(const std::string& name, std::uint64_t length, const Texts& attributes = {}) {
  return {name, length, coordinate(name, attributes)};
}

StoredVariable variable(std::vector<StoredDimension> dimensions) {
  return {"variable `v`", NumberType::float64, {}, std::move(dimensions)};
}

}  // namespace

TEST_CASE(
    "the role of a coordinate follows from its units, axis, standard name and positive, then from its name") {
  CHECK(role_of(coordinate("a", {{"units", "degrees_east"}}), "v") == AxisRole::x);
  CHECK(role_of(coordinate("a", {{"units", "degreeN"}}), "v") == AxisRole::y);
  CHECK(role_of(coordinate("a", {{"units", "days since 2000-01-01"}}), "v") == AxisRole::time);
  CHECK(role_of(coordinate("a", {{"units", "hPa"}}), "v") == AxisRole::z);
  CHECK(role_of(coordinate("a", {{"units", "dbar"}}), "v") == AxisRole::z);
  CHECK(role_of(coordinate("a", {{"units", "kPa"}}), "v") == AxisRole::z);
  CHECK(role_of(coordinate("a", {{"units", "m"}}), "v") == std::nullopt);
  CHECK(role_of(coordinate("a", {{"axis", "Y"}}), "v") == AxisRole::y);
  CHECK(role_of(coordinate("a", {{"standard_name", "projection_x_coordinate"}}), "v") == AxisRole::x);
  CHECK(role_of(coordinate("a", {{"positive", "up"}}), "v") == AxisRole::z);
  CHECK(role_of(coordinate("/grid/Longitude"), "v") == AxisRole::x);
  CHECK(role_of(coordinate("nav_lat"), "v") == AxisRole::y);
  CHECK(role_of(coordinate("time"), "v") == AxisRole::time);
  CHECK(role_of(coordinate("station"), "v") == std::nullopt);
  // A usual name does not override an attribute.
  CHECK(role_of(coordinate("x", {{"units", "degrees_north"}}), "v") == AxisRole::y);
}

TEST_CASE("attributes that contradict each other are rejected") {
  CHECK_THROWS_WITH(role_of(coordinate("a", {{"units", "degrees_east"}, {"axis", "Y"}}), "variable `v`"),
                    Contains("the attributes of the coordinates `a` of variable `v` contradict each other"));
}

TEST_CASE("dimensions are mapped to axes in any order") {
  CHECK(map_axes(variable({dimension("lat", 3), dimension("lon", 4)}), {"f", "v"}, 2).dimension_of_axis ==
        std::vector<std::size_t>{1, 0});
  CHECK(map_axes(variable({dimension("lon", 4), dimension("lat", 3)}), {"f", "v"}, 2).dimension_of_axis ==
        std::vector<std::size_t>{0, 1});
  const auto map = map_axes(
      variable({dimension("lat", 3), dimension("time", 5), dimension("depth", 2), dimension("lon", 4)}),
      {"f", "v"}, 3);
  CHECK(map.dimension_of_axis == std::vector<std::size_t>{3, 0, 2});
  CHECK(map.time == 1U);
}

TEST_CASE("without any hint, dimensions are in the order of C arrays") {
  const StoredVariable plain = variable({{"", 2, std::nullopt}, {"", 3, std::nullopt}});
  CHECK(map_axes(plain, {"f", "v"}, 2).dimension_of_axis == std::vector<std::size_t>{1, 0});
}

TEST_CASE("dimensions of length 1 that the domain does not have are dropped") {
  const auto map =
      map_axes(variable({dimension("depth", 1), dimension("lat", 3), dimension("lon", 4)}), {"f", "v"}, 2);
  CHECK(map.dimension_of_axis == std::vector<std::size_t>{2, 1});
  CHECK_THROWS_WITH(
      map_axes(variable({dimension("depth", 2), dimension("lat", 3), dimension("lon", 4)}), {"f", "v"}, 2),
      Contains("has 3 dimensions, but the domain has 2: its shape is [depth = 2][lat = 3][lon = 4]"));
}

TEST_CASE("an ambiguous mapping is rejected, and `axes` resolves it") {
  const StoredVariable section = variable({dimension("depth", 3), dimension("lat", 4)});
  CHECK_THROWS_WITH(map_axes(section, {"f", "v"}, 2),
                    Contains("it is not clear which dimension of variable `v` is x") && Contains("axes = ["));
  CHECK(map_axes(section, {"f", "v", {"lat", "depth"}}, 2).dimension_of_axis ==
        std::vector<std::size_t>{1, 0});
  CHECK_THROWS_WITH(map_axes(section, {"f", "v", {"lat", "lat"}}, 2),
                    Contains("names the dimension `lat` of"));
  CHECK_THROWS_WITH(map_axes(section, {"f", "v", {"lat", "lon"}}, 2),
                    Contains("no dimension with the coordinates `lon`"));
  CHECK_THROWS_WITH(map_axes(section, {"f", "v", {"lat"}}, 1),
                    Contains("has dimensions that `axes` does not name"));
}
