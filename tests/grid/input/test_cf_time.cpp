#include "base/error.h"
#include "grid/input/cf_time.h"

#include <catch2/catch.hpp>

using Catch::Contains;
using tessera::base::Error;
using tessera::input::Attributes;
using tessera::input::Between;
using tessera::input::date_of_seconds;
using tessera::input::NumberType;
using tessera::input::seconds_of_date;
using tessera::input::select_time;
using tessera::input::StoredCoordinate;
using tessera::input::TimeChoice;

namespace {

StoredCoordinate times(std::vector<double> values, const std::string& units,
                       const std::string& calendar = "") {
  Attributes attributes;
  if (!units.empty()) attributes.list.push_back({"units", units, NumberType::int8});
  if (!calendar.empty()) attributes.list.push_back({"calendar", calendar, NumberType::int8});
  return {"time", NumberType::float64, std::move(attributes), std::move(values)};
}

}  // namespace

TEST_CASE("dates are converted to seconds and back") {
  // date -u -d '2004-12-26 00:58:53' +%s
  CHECK(seconds_of_date("2004-12-26T00:58:53Z") == 1104022733.0);
  CHECK(seconds_of_date("2004-12-26 00:58:53.0 UTC") == 1104022733.0);
  CHECK(seconds_of_date("1970-01-01") == 0.0);
  CHECK(seconds_of_date("1969-12-31T12:00") == -43200.0);
  CHECK(seconds_of_date("2000-02-29") == 951782400.0);
  CHECK(seconds_of_date("1900-1-1 0:0:0") == -2208988800.0);
  CHECK(date_of_seconds(1104022733.0) == "2004-12-26T00:58:53Z");
  CHECK(date_of_seconds(-43200.0) == "1969-12-31T12:00:00Z");
  for (const char* text : {"", "2004", "2004-13-01", "2001-02-29", "2004-12-26T24:00", "2004-12-26T00:60",
                           "26.12.2004", "2004-12-26x", "2004-12-26T00:00+01:00"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(seconds_of_date(text), Contains("is not a date"));
  }
}

TEST_CASE("a time is selected by its date") {
  const StoredCoordinate hours = times({0.0, 6.0, 12.0}, "hours since 2004-12-26 00:00:00");
  CHECK(select_time(hours, "2004-12-26", "v").index == 0);
  CHECK(select_time(hours, "2004-12-26T06:00", "v").index == 1);
  CHECK_THROWS_WITH(select_time(hours, "2004-12-27", "variable `v`"),
                    Contains("variable `v` has no values at 2004-12-27T00:00:00Z") &&
                        Contains("the file has 2004-12-26T00:00:00Z, 2004-12-26T06:00:00Z"));
  CHECK_THROWS_WITH(select_time(hours, "", "variable `v`"),
                    Contains("variable `v` has 3 times, and the job does not select one"));
  CHECK(select_time(times({7.0}, "days since 2000-01-01"), "", "v").index == 0);
  CHECK(
      select_time(times({0.5, 1.5}, "days since 2000-01-01", "proleptic_gregorian"), "2000-01-02T12:00", "v")
          .index == 1);
}

TEST_CASE("of several times within the tolerance, the closest one is selected") {
  const StoredCoordinate halves = times({0.0, 0.5, 1.0}, "seconds since 2004-12-26");
  CHECK(select_time(halves, "2004-12-26T00:00:01", "v").index == 2);
  CHECK(select_time(halves, "2004-12-26T00:00:00.5", "v").index == 1);
  CHECK(select_time(halves, "2004-12-26", "v").index == 0);
}

TEST_CASE("a time between two others is chosen as the job says") {
  const StoredCoordinate hours = times({0.0, 6.0, 12.0}, "hours since 2004-12-26");
  CHECK_THROWS_WITH(select_time(hours, "2004-12-26T08:00", "v"), Contains("between = "));
  CHECK(select_time(hours, "2004-12-26T08:00", "v", Between::nearest) == TimeChoice{1, 0.0});
  CHECK(select_time(hours, "2004-12-26T10:00", "v", Between::nearest) == TimeChoice{2, 0.0});
  CHECK(select_time(hours, "2004-12-26T07:30", "v", Between::linear) == TimeChoice{1, 0.25});
  CHECK(select_time(hours, "2004-12-26T12:00", "v", Between::linear) == TimeChoice{2, 0.0});
  CHECK_THROWS_WITH(select_time(hours, "2004-12-26T13:00", "v", Between::linear),
                    Contains("has no values at"));
}

TEST_CASE("the standard calendar is the Julian one before 1582-10-15") {
  // As cftime.date2num() gives for 2004-12-26 in both calendars.
  CHECK(select_time(times({731942.0}, "days since 1-1-1 00:00:0.0"), "2004-12-26", "v").index == 0);
  CHECK(select_time(times({731942.0}, "days since 1-1-1 00:00:0.0", "standard"), "2004-12-26", "v").index ==
        0);
  CHECK(select_time(times({731940.0}, "days since 1-1-1", "proleptic_gregorian"), "2004-12-26", "v").index ==
        0);
  CHECK(select_time(times({141428.0}, "days since 1582-10-04"), "1970-01-01", "v").index == 0);
}

TEST_CASE("times without a reference date are selected by their numbers") {
  CHECK(select_time(times({1.0, 2.0}, "s"), "2", "v").index == 1);
  CHECK_THROWS_WITH(select_time(times({1.0, 2.0}, ""), "2004-12-26", "v"),
                    Contains("have no reference date"));
}

TEST_CASE("other calendars and unknown units are rejected") {
  CHECK_THROWS_WITH(select_time(times({0.0}, "days since 2000-01-01", "360_day"), "", "v"),
                    Contains("in the calendar `360_day`") && Contains("cdo setcalendar"));
  for (const char* units : {"months since 2000-01-01", "days since yesterday"}) {
    CHECK_THROWS_WITH(select_time(times({0.0, 1.0}, units), "", "v"), Contains("are not understood"));
    CHECK(select_time(times({0.0}, units), "", "v").index == 0);
  }
}
