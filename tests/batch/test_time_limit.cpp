#include "batch/time_limit.h"

#include "base/error.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera::batch;

TEST_CASE("time limits are parsed as by Slurm") {
  CHECK(parse_time_limit("1") == 60);
  CHECK(parse_time_limit("90") == 5400);
  CHECK(parse_time_limit("1:30") == 90);
  CHECK(parse_time_limit("2:00:00") == 7200);
  CHECK(parse_time_limit("02:03:04") == 7384);
  CHECK(parse_time_limit("1-0") == 86400);
  CHECK(parse_time_limit("1-12") == 129600);
  CHECK(parse_time_limit("1-12:30") == 131400);
  CHECK(parse_time_limit("1-12:30:15") == 131415);
  CHECK(parse_time_limit("3650-0") == 3650LL * 86400);
}

TEST_CASE("invalid time limits are rejected") {
  for (const char* text : {"",         " ",          "0",         "0:00",       "-1",      "1-",
                           "-",        "1:",         ":1",        "1::2",       "1:2:3:4", "1-2:3:4:5",
                           "1-2-3",    "2h",         "2 h",       "1.5",        "+1",      "UNLIMITED",
                           "INFINITE", "9999999999", "999999999", "3650-0:0:1", "1:30 ",   "0x10"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_limit(text));
  }
}

TEST_CASE("time limits are formatted as by Slurm") {
  CHECK(format_time_limit(0) == "00:00:00");
  CHECK(format_time_limit(61) == "00:01:01");
  CHECK(format_time_limit(86399) == "23:59:59");
  CHECK(format_time_limit(131415) == "1-12:30:15");
  for (const std::int64_t seconds : {60LL, 3599LL, 3600LL, 86400LL, 1000000LL}) {
    CHECK(parse_time_limit(format_time_limit(seconds)) == seconds);
  }
}

TEST_CASE("a run is asked to stop early enough for a checkpoint") {
  SECTION("if the time for a checkpoint is unknown, the lead is a fraction of the limit") {
    CHECK(lead_for(60, -1.0) == 16);
    CHECK(lead_for(7200, -1.0) == 300);
    CHECK(lead_for(86400, -1.0) == 480);
  }
  SECTION("if the time for a checkpoint is known, the lead is longer, up to 30 minutes") {
    CHECK(lead_for(7200, 0.0) == 195);
    CHECK(lead_for(7200, 60.0) == 310);
    CHECK(lead_for(86400, 1e9) == 1980);
  }
  SECTION("the lead is at most half the limit") {
    CHECK(lead_for(60, 1000.0) == 30);
    CHECK(lead_for(20, -1.0) == 10);
  }
  SECTION("NaN and infinity mean that the time is unknown") {
    CHECK(lead_for(7200, std::numeric_limits<double>::quiet_NaN()) == 300);
    CHECK(lead_for(7200, std::numeric_limits<double>::infinity()) == 300);
  }
}

TEST_CASE("the value of --time is a time limit or a duration") {
  CHECK(parse_time_option("2:00:00") == 7200);
  CHECK(parse_time_option("30") == 1800);
  CHECK(parse_time_option("1 h 30 min") == 5400);
  CHECK(parse_time_option("60.5 s") == 61);
  CHECK(parse_time_option("60 s") == 60);
  for (const char* text : {"", "soon", "0", "-1 h", "59 s", "0:59", "4e8 s"}) {
    CAPTURE(text);
    try {
      parse_time_option(text);
      FAIL("accepted");
    } catch (const tessera::base::Error& e) {
      CHECK(e.code() == tessera::base::ExitCode::usage);
    }
  }
}
