#include "grid/output/arrival_table.h"

#include <catch2/catch.hpp>

#include <algorithm>

using tessera::output::Arrival;
using tessera::output::arrival_text;

TEST_CASE("the table shows computed and observed arrivals") {
  const std::vector<Arrival> arrivals{{"Cocos", 8340.0, 8280.0, 0.314, 0.0},
                                      {"Malé", std::nullopt, 12600.0, 0.0, 4321.0},
                                      {"Gan", 12570.0, std::nullopt, -0.004, 0.0}};
  CHECK(arrival_text(arrivals, "m") ==
        "probe                 arrival     observed  difference    max rise\n"
        "Cocos              2 h 19 min   2 h 18 min      +1 min      0.31 m\n"
        "Malé                        -   3 h 30 min           -      0.00 m   moved 4 km\n"
        "Gan                3 h 30 min            -           -     -0.00 m\n");
}

TEST_CASE("the longest durations are shown") {
  CHECK(arrival_text({{"p", 0.0, 1e100, 0.0, 0.0}}, "m") ==
        "probe                 arrival     observed  difference    max rise\n"
        "p                         0 s  1.2e95 days  -2e+98 min      0.00 m\n");
}

TEST_CASE("control characters in names do not break the table") {
  const std::string text = arrival_text({{"a\nb\x1b[2J", 0.0, 0.0, 1.0, 0.0}}, "m");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(arrival_text({}, "m").find("probe") == 0);
}
