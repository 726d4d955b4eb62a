#include "base/text.h"
#include "job/units.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using namespace tessera;
using job::Cadence;

namespace {

double seconds(std::string_view text) {
  const auto parsed = job::parse_duration(text);
  INFO(text);
  REQUIRE(std::holds_alternative<double>(parsed));
  return std::get<double>(parsed);
}

job::UnitError duration_error(std::string_view text) {
  const auto parsed = job::parse_duration(text);
  INFO(text);
  REQUIRE(std::holds_alternative<job::UnitError>(parsed));
  return std::get<job::UnitError>(parsed);
}

/// The cadence as in a job file: "200 steps", "10 min", "30 s wall".
std::string text_of(const Cadence& cadence) {
  switch (cadence.unit) {
    case Cadence::Unit::never:
      return "never";
    case Cadence::Unit::end:
      return "end";
    case Cadence::Unit::steps:
      return std::to_string(std::lround(cadence.amount)) + (cadence.amount == 1 ? " step" : " steps");
    case Cadence::Unit::simulated:
      return base::format_duration(cadence.amount);
    case Cadence::Unit::wall:
      return base::format_duration(cadence.amount) + " wall";
  }
  return {};
}

/// The parsed cadence in the form of text_of(), or the error.
std::string parsed_cadence(std::string_view text) {
  const auto parsed = job::parse_cadence(text);
  if (const auto* error = std::get_if<job::UnitError>(&parsed))
    return "error: " + error->problem + " | " + error->hint;
  return text_of(std::get<Cadence>(parsed));
}

}  // namespace

TEST_CASE("durations are converted to seconds") {
  CHECK(seconds("10 min") == 600.0);
  CHECK(seconds("1 h 30 min") == 5400.0);
  CHECK(seconds("1h30min") == 5400.0);
  CHECK(seconds("250 ms") == 0.25);
  CHECK(seconds("10 ms") == 0.01);
  CHECK(seconds("2 days") == 172800.0);
  CHECK(seconds("36000 s") == 36000.0);
  CHECK(seconds("  1.5   hours ") == 5400.0);
  CHECK(seconds("1e-3 s") == 1e-3);
  CHECK(seconds(".5 min") == 30.0);
  CHECK(seconds("3 us") == 3e-6);
  CHECK(seconds("3 µs") == 3e-6);
  CHECK(seconds("-2 min 30 s") == -150.0);
  CHECK(seconds("0 s") == 0.0);
}

TEST_CASE("invalid durations are reported with the reason and a hint") {
  CHECK(duration_error("10 km").problem == "expects a duration, not a length");
  CHECK(duration_error("10 km").hint == "write \"10 h\", \"36000 s\" or a number of seconds");
  CHECK(duration_error("3 m").hint == "for minutes write \"3 min\"");
  CHECK(duration_error("3 K").problem == "expects a duration, not a temperature");
  CHECK(duration_error("3 steps").problem == "expects a duration, not a number of steps");
  CHECK(duration_error("3 H").problem == "has the unknown unit `H`");
  CHECK(duration_error("3 H").hint == "write `h`");
  CHECK(duration_error("2 years").hint == "its length varies; use days");
  CHECK(duration_error("3 foo").hint == "valid units: ns, us, ms, s, min, h, days, weeks");
  CHECK(duration_error("10").problem == "needs a unit after 10");
  CHECK(duration_error("1 h 30").problem == "needs a unit after 30");
  CHECK(duration_error("30 min 1 h").problem == "has repeated or unordered units in `30 min 1 h`");
  CHECK(duration_error("1 h 1 h").problem == "has repeated or unordered units in `1 h 1 h`");
  CHECK(duration_error("1,5 h").hint == "write a decimal point, not a comma");
  for (const char* text : {"", " ", "soon", "inf", "nan", "- 3 s", "h 3", "1 h -3 min", "1e400 s", "0x10 s"})
    duration_error(text);
}

TEST_CASE("cadences are in steps, simulated time or wall-clock time") {
  CHECK(parsed_cadence("200 steps") == "200 steps");
  CHECK(parsed_cadence("1 step") == "1 step");
  CHECK(parsed_cadence("1 h") == "1 h");
  CHECK(parsed_cadence("30 s wall") == "30 s wall");
  CHECK(parsed_cadence("1 h 30 min  wall") == "1 h 30 min wall");
  CHECK(parsed_cadence("end") == "end");
  CHECK(parsed_cadence(" never ") == "never");
  const std::string as_number = ", or the number without quotes for seconds";
  CHECK(parsed_cadence("200") ==
        "error: needs a unit after 200 | write \"200 steps\" or \"200 s\"" + as_number);
  const std::string hint = " | write \"200 steps\", \"10 min\", \"30 s wall\", \"end\" or \"never\"";
  CHECK(parsed_cadence("1") == "error: needs a unit after 1 | write \"1 step\" or \"1 s\"" + as_number);
  CHECK(parsed_cadence("0.1") == "error: needs a unit after 0.1 | write \"0.1 s\"" + as_number);
  CHECK(parsed_cadence("0") == "error: needs a unit after 0" + hint);
  CHECK(parsed_cadence("often") == "error: expects a cadence, not `often`" + hint);
  CHECK(parsed_cadence("3 km") == "error: expects a cadence, not a length" + hint);
  CHECK(parsed_cadence("0 s") == "error: must be above 0, not `0 s`" + hint);
  CHECK(parsed_cadence("-1 min") == "error: must be above 0, not `-1 min`" + hint);
  CHECK(parsed_cadence("0 steps") ==
        "error: expects a whole number of steps from 1 to 9e+15, not 0 | write \"1 step\" or more");
  CHECK(parsed_cadence("1.5 steps") ==
        "error: expects a whole number of steps from 1 to 9e+15, not 1.5 | write \"1 step\" or more");
  CHECK(parsed_cadence("3 steps wall") == "error: expects a cadence, not `3 steps wall`" + hint);
}

TEST_CASE("a number without a unit is an interval of simulated time in seconds") {
  for (const double seconds : {5e-324, 0.5, 1.0, 9223372036854775807.0, 1e100}) {
    const auto parsed = job::cadence_of(seconds);
    REQUIRE(std::holds_alternative<Cadence>(parsed));
    CHECK(std::get<Cadence>(parsed).unit == Cadence::Unit::simulated);
    CHECK(std::get<Cadence>(parsed).amount == seconds);
  }
  const auto problem = [](double seconds) {
    const auto parsed = job::cadence_of(seconds);
    REQUIRE(std::holds_alternative<job::UnitError>(parsed));
    return std::get<job::UnitError>(parsed).problem;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(problem(0.0) == "must be above 0, not 0");
  CHECK(problem(-0.0) == "must be above 0, not -0");
  CHECK(problem(-1.5) == "must be above 0, not -1.5");
  CHECK(problem(1.1e100) == "must be at most 1e+100 s");
  for (const double seconds : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
    CHECK(problem(seconds) == "must be finite");
}

TEST_CASE("durations are formatted with at most two units") {
  using base::format_duration;
  CHECK(format_duration(0.0) == "0 s");
  CHECK(format_duration(8340.0) == "2 h 19 min");
  CHECK(format_duration(296.2) == "4 min 56 s");
  CHECK(format_duration(301.0) == "5 min 01 s");
  CHECK(format_duration(41.2) == "41.2 s");
  CHECK(format_duration(59.96) == "1 min");
  CHECK(format_duration(3599.7) == "1 h");
  CHECK(format_duration(36000.0) == "10 h");
  CHECK(format_duration(86400.0) == "1 day");
  CHECK(format_duration(183600.0) == "2 days 03 h");
  CHECK(format_duration(0.012) == "12 ms");
  CHECK(format_duration(0.0025) == "2.5 ms");
  CHECK(format_duration(0.00035) == "350 µs");
  CHECK(format_duration(2e-8) == "20 ns");
  CHECK(format_duration(-90.0) == "-1 min 30 s");
  CHECK(format_duration(std::numeric_limits<double>::infinity()) == "forever");
  CHECK(format_duration(std::nan("")) == "unknown");
}

TEST_CASE("sizes and counts are formatted in short form") {
  CHECK(base::format_bytes(0) == "0 B");
  CHECK(base::format_bytes(999) == "999 B");
  CHECK(base::format_bytes(62e6) == "62 MB");
  CHECK(base::format_bytes(1.54e9) == "1.5 GB");
  CHECK(base::format_bytes(999.7e6) == "1 GB");
  CHECK(base::format_bytes(1.6e21) == "1.6e12 GB");
  CHECK(base::format_count(7440) == "7440");
  CHECK(base::format_count(84.3e6) == "84 M");
  CHECK(base::format_count(1.2e9) == "1.2 G");
  CHECK(base::format_count(1e20) == "10^20");
  CHECK(base::format_count(3.4e21) == "3.4e21");
}

TEST_CASE("control characters and invalid bytes are replaced, and long text is shortened") {
  CHECK(base::printable("a\tb\x1b[31mc\n\xff") == "a b\uFFFD[31mc\uFFFD\uFFFD");
  CHECK(base::printable("Malé") == "Malé");
  CHECK(base::printable("abcdef", 3) == "abc…");
  CHECK(base::printable("a\u202Eb") == "a\uFFFDb");
}
