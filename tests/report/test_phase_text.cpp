#include "report/phase_table.h"

#include <catch2/catch.hpp>

using tessera::report::phase_text;
using tessera::report::PhaseRow;

TEST_CASE("the largest phase comes first, tiny ones are left out, and the rest is named") {
  const std::vector<PhaseRow> rows{
      {"halo", 1.0, 2.0, 3.0, 1}, {"update", 6.9, 7.0, 7.1, 0}, {"probes", 0.0, 0.001, 0.002, 3}};
  CHECK(phase_text(rows, 10.0, 4) ==
        "phase              avg s       %   max/avg\n"
        "update             7.000    70.0      1.01\n"
        "halo               2.000    20.0      1.50   slowest: rank 1\n"
        "rest               0.999    10.0          \n");
}

TEST_CASE("one rank is compared with nobody") {
  CHECK(phase_text({{"update", 7.5, 7.5, 7.5, 0}}, 10.0, 1) ==
        "phase              avg s       %          \n"
        "update             7.500    75.0          \n"
        "rest               2.500    25.0          \n");
}

TEST_CASE("no rest is below zero") {
  const std::string text = phase_text({{"update", 1.0, 1.0, 1.0, 0}}, 0.999, 2);
  CHECK(text.find("rest               0.000     0.0") != std::string::npos);
}

TEST_CASE("an uneven phase of no weight is not pointed at") {
  const std::string text = phase_text({{"output", 0.0, 0.02, 0.04, 2}}, 10.0, 4);
  CHECK(text.find("2.00") != std::string::npos);
  CHECK(text.find("most") == std::string::npos);
}

TEST_CASE("a run that took no time has a table all the same") {
  const std::string text = phase_text({{"update", 0.0, 0.0, 0.0, 0}}, 0.0, 2);
  CHECK(text.find("nan") == std::string::npos);
}
