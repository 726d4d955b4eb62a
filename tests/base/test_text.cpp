#include "base/text.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace tessera::base;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
}  // namespace

TEST_CASE("a duration below a minute has one unit") {
  CHECK(format_duration(0.0) == "0 s");
  CHECK(format_duration(1e-12) == "0 s");
  CHECK(format_duration(2e-9) == "2 ns");
  CHECK(format_duration(1.5e-6) == "1.5 µs");
  CHECK(format_duration(0.012) == "12 ms");
  CHECK(format_duration(0.0015) == "1.5 ms");
  CHECK(format_duration(0.9999) == "1 s");
  CHECK(format_duration(0.9996e-3) == "1 ms");
  CHECK(format_duration(1.0) == "1 s");
  CHECK(format_duration(41.2) == "41.2 s");
  CHECK(format_duration(59.94) == "59.9 s");
}

TEST_CASE("longer durations have up to two units") {
  CHECK(format_duration(59.96) == "1 min");
  CHECK(format_duration(296.0) == "4 min 56 s");
  CHECK(format_duration(3599.4) == "59 min 59 s");
  CHECK(format_duration(3599.6) == "1 h");
  CHECK(format_duration(8340.0) == "2 h 19 min");
  CHECK(format_duration(86399.0) == "1 day");
  CHECK(format_duration(90000.0) == "1 day 01 h");
  CHECK(format_duration(5 * 86400.0) == "5 days");
  CHECK(format_duration(1e14) == "1.2e9 days");
}

TEST_CASE("negative, infinite and NaN durations are formatted") {
  CHECK(format_duration(-8340.0) == "-2 h 19 min");
  CHECK(format_duration(infinity) == "forever");
  CHECK(format_duration(-infinity) == "-forever");
  CHECK(format_duration(not_a_number) == "unknown");
}

TEST_CASE("sizes have decimal prefixes") {
  CHECK(format_bytes(0) == "0 B");
  CHECK(format_bytes(512) == "512 B");
  CHECK(format_bytes(999.6) == "1 kB");
  CHECK(format_bytes(1.5e9) == "1.5 GB");
  CHECK(format_bytes(62.3e6) == "62 MB");
  CHECK(format_bytes(9.96e6) == "10 MB");
  CHECK(format_bytes(999.4e12) == "999 TB");
  CHECK(format_bytes(1.6e21) == "1.6e12 GB");
  CHECK(format_bytes(9.99e20) == "1e12 GB");
  CHECK(format_bytes(-2000) == "-2 kB");
  CHECK(format_bytes(infinity) == "unknown");
}

TEST_CASE("large counts have decimal prefixes") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(7440) == "7440");
  CHECK(format_count(9999) == "9999");
  CHECK(format_count(10000) == "10 k");
  CHECK(format_count(84e6) == "84 M");
  CHECK(format_count(1.2e9) == "1.2 G");
  CHECK(format_count(1e20) == "10^20");
  CHECK(format_count(3.4e21) == "3.4e21");
  CHECK(format_count(not_a_number) == "unknown");
}

TEST_CASE("any text is converted to one line that is safe to print") {
  CHECK(printable("plain") == "plain");
  CHECK(printable("Malé") == "Malé");
  CHECK(printable("a\tb\nc\x1b[31m") == "a b\uFFFDc\uFFFD[31m");
  CHECK(printable("\xff\xfe") == "\uFFFD\uFFFD");
  CHECK(printable("left\u202Eright") == "left\uFFFDright");
  CHECK(printable("nul" + std::string(1, '\0')) == "nul\uFFFD");
  CHECK(printable("ééé", 3) == "ééé");
  CHECK(printable("éééé", 3) == "ééé…");
  CHECK(printable("", 0).empty());
  CHECK(printable("\u009b31m\u2066x\u2069\u200b") ==
        "\uFFFD31m\uFFFDx\uFFFD\uFFFD");  // C1, isolates, zero width
  CHECK(printable("a\nb\n  c\n d\x1b", unlimited, Newlines::indented) == "a\uFFFDb\n  c\uFFFD d\uFFFD");
  CHECK(printable("a\nb\n  c\r\n", unlimited, Newlines::all) == "a\nb\n  c\uFFFD\n");
  CHECK(printable(std::string(5000, 'x'), unlimited).size() == 5000);
}
