#include "grid/job/start_date.h"

#include <catch2/catch.hpp>

#include <string>

using tessera::grid::DateError;
using tessera::grid::parse_start_date;

namespace {

/// The date, or the problem.
std::string parsed(const std::string& toml) {
  const auto date = parse_start_date(toml);
  const auto* text = std::get_if<std::string>(&date);
  return text != nullptr ? *text : std::get<DateError>(date).problem;
}

}  // namespace

TEST_CASE("a start date is converted to UTC") {
  CHECK(parsed("2004-12-26") == "2004-12-26 00:00:00");
  CHECK(parsed("2004-12-26T00:58:53") == "2004-12-26 00:58:53");
  CHECK(parsed("2004-12-26T00:58:53Z") == "2004-12-26 00:58:53");
  CHECK(parsed("2004-12-26T07:58:53+07:00") == "2004-12-26 00:58:53");
  CHECK(parsed("2004-12-26T04:28:53+05:30") == "2004-12-25 22:58:53");
  CHECK(parsed("2004-02-28T21:00:00-03:30") == "2004-02-29 00:30:00");
  CHECK(parsed("2003-12-31T23:59:59-00:01") == "2004-01-01 00:00:59");
  CHECK(parsed("1066-10-14T09:00:00Z") == "1066-10-14 09:00:00");
}

TEST_CASE("the decimals of a start date are kept") {
  CHECK(parsed("2004-12-26T00:58:53.25Z") == "2004-12-26 00:58:53.25");
  CHECK(parsed("2004-12-26T07:58:59.999999+07:00") == "2004-12-26 00:58:59.999999");
  CHECK(parsed("2004-12-26T00:58:53.500000000") == "2004-12-26 00:58:53.5");
  CHECK(parsed("2004-12-26T00:58:53.000000000Z") == "2004-12-26 00:58:53");
  CHECK(parsed("2004-12-26T00:58:53.0000001Z") == "`start` has too many decimals: at most 6 are allowed");
}

TEST_CASE("a start date must be from year 1 to year 9999 in UTC") {
  CHECK(parsed("0001-01-01") == "0001-01-01 00:00:00");
  CHECK(parsed("9999-12-31T23:59:59.9Z") == "9999-12-31 23:59:59.9");
  for (const char* text : {"0000-12-31", "0001-01-01T00:00:59+00:01", "9999-12-31T23:59:00-00:01"})
    CHECK(parsed(text) == "`start` must be from year 1 to year 9999");
}

TEST_CASE("a time without a date is no start date") {
  CHECK(parsed("00:58:53") == "`start` expects a date, not only a time");
  CHECK(parsed("00:58:53.123456") == "`start` expects a date, not only a time");
  CHECK(parsed("2003-02-29") == "`start` is not a valid date");
}
