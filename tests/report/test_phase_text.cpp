#include "report/phase_table.h"

#include <catch2/catch.hpp>

using tessera::report::phase_text;
using tessera::report::PhaseRow;

TEST_CASE(
    "phases are sorted by time, negligible phases are omitted, and the remaining time is listed as other") {
  const std::vector<PhaseRow> rows{
      {"halo", 1.0, 2.0, 3.0, 1}, {"update", 6.9, 7.0, 7.1, 0}, {"probes", 0.0, 0.001, 0.002, 3}};
  CHECK(phase_text(rows, 10.0, 4) ==
        "phase              avg s       %   max/avg\n"
        "update             7.000    70.0      1.01\n"
        "halo               2.000    20.0      1.50   slowest: rank 1\n"
        "other              0.999    10.0          \n");
}

TEST_CASE("with one rank, the table has no max/avg column") {
  CHECK(phase_text({{"update", 7.5, 7.5, 7.5, 0}}, 10.0, 1) ==
        "phase              avg s       %          \n"
        "update             7.500    75.0          \n"
        "other              2.500    25.0          \n");
}

TEST_CASE("the remaining time is never negative") {
  const std::string text = phase_text({{"update", 1.0, 1.0, 1.0, 0}}, 0.999, 2);
  CHECK(text.find("other              0.000     0.0") != std::string::npos);
}

TEST_CASE("the slowest rank is not shown for an unbalanced phase that takes little time") {
  const std::string text = phase_text({{"output", 0.0, 0.02, 0.04, 2}}, 10.0, 4);
  CHECK(text.find("2.00") != std::string::npos);
  CHECK(text.find("slowest") == std::string::npos);
}

TEST_CASE("the table of a run that took no time contains no NaN") {
  const std::string text = phase_text({{"update", 0.0, 0.0, 0.0, 0}}, 0.0, 2);
  CHECK(text.find("nan") == std::string::npos);
}
