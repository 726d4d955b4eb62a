#include "base/contract.h"
#include "grid/balance/rank_speed.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace tessera;
using balance::relative_speeds;
using Speeds = std::vector<double>;

TEST_CASE("ranks whose times differ only by noise get equal speeds") {
  CHECK(relative_speeds(Speeds{0.125}) == Speeds{1.0});
  CHECK(relative_speeds(Speeds{0.3, 0.3, 0.3}) == Speeds{1.0, 1.0, 1.0});
  CHECK(relative_speeds(Speeds{1.0, 1.05, 0.97, 1.02}) == Speeds{1.0, 1.0, 1.0, 1.0});
  CHECK(relative_speeds(Speeds{1.0, 1.0, 1.0, 1.09}) == Speeds{1.0, 1.0, 1.0, 1.0});
  CHECK(relative_speeds(Speeds{1.09, 1.0}) == Speeds{1.0, 1.0});
}

TEST_CASE("the speed of a rank is the mean time divided by its own time") {
  CHECK(relative_speeds(Speeds{1.0, 3.0}) == Speeds{2.0, 2.0 / 3.0});
  CHECK(relative_speeds(Speeds{4.0, 1.0, 4.0, 4.0, 4.0, 1.0}) == Speeds{0.75, 3.0, 0.75, 0.75, 0.75, 3.0});
}

TEST_CASE("ranks with similar times form a group with equal speeds") {
  // The means of the groups are 1, 2 and 4; the mean of all times is 2.25.
  const Speeds seconds{2.0, 0.96875, 1.9375, 4.125, 1.03125, 2.0625, 3.875, 2.0};
  const Speeds expected{1.125, 2.25, 1.125, 0.5625, 2.25, 1.125, 0.5625, 1.125};
  CHECK(relative_speeds(seconds) == expected);
}

TEST_CASE("times that are not positive and finite are rejected") {
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(relative_speeds(Speeds{1.0, seconds}), base::ContractViolation);
  }
}
