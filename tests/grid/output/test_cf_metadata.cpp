// The attributes in field files, by CF-1.11.
#include "grid/output/cf_metadata.h"

#include <catch2/catch.hpp>

using namespace tessera;
using output::TextAttributes;

TEST_CASE("the coordinates of a sphere are longitude and latitude") {
  grid::Geometry geometry;
  geometry.coordinates = grid::Coordinates::spherical;
  geometry.dimensions = 2;
  CHECK(std::string{output::axis_name(geometry, 0)} == "lon");
  CHECK(std::string{output::axis_name(geometry, 1)} == "lat");
  CHECK(output::axis_attributes(geometry, 0) == TextAttributes{{"axis", "X"},
                                                               {"standard_name", "longitude"},
                                                               {"long_name", "longitude of the cell centre"},
                                                               {"units", "degrees_east"}});
  CHECK(output::axis_attributes(geometry, 1) == TextAttributes{{"axis", "Y"},
                                                               {"standard_name", "latitude"},
                                                               {"long_name", "latitude of the cell centre"},
                                                               {"units", "degrees_north"}});
}

TEST_CASE("the unit of Cartesian coordinates is not known") {
  grid::Geometry geometry;
  geometry.dimensions = 3;
  CHECK(std::string{output::axis_name(geometry, 2)} == "z");
  CHECK(output::axis_attributes(geometry, 2) ==
        TextAttributes{{"axis", "Z"}, {"long_name", "z coordinate of the cell centre"}});
}

TEST_CASE("the time has a date and a calendar if the job has a start") {
  const TextAttributes common{{"axis", "T"}, {"standard_name", "time"}, {"long_name", "simulated time"}};
  const auto with = [&](const TextAttributes& more) {
    TextAttributes all = common;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(output::time_attributes("") == with({{"units", "s"}}));
  CHECK(output::time_attributes("2004-12-26 00:58:53") ==
        with({{"units", "seconds since 2004-12-26 00:58:53"}, {"calendar", "standard"}}));
  // The first day of the Gregorian calendar; earlier dates of the standard calendar are Julian.
  CHECK(output::time_attributes("1582-10-15 00:00:00").back().text == "standard");
  CHECK(output::time_attributes("1582-10-14 23:59:59").back().text == "proleptic_gregorian");
}

TEST_CASE("a field without a unit is dimensionless, and one without a help text has no long name") {
  solver::FieldSchema field;
  field.name = "fraction";
  CHECK(output::field_attributes(field) == TextAttributes{{"units", "1"}, {"coordinates", "time"}});
  field.unit = "m^2/s";
  field.help = "what it is";
  CHECK(output::field_attributes(field) ==
        TextAttributes{{"units", "m^2/s"}, {"coordinates", "time"}, {"long_name", "what it is"}});
}
