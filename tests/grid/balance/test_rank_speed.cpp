#include "base/contract.h"
#include "grid/balance/rank_speed.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace tessera;
using balance::SpeedMeter;

TEST_CASE("the average of timings gives the newest one weight 1/2") {
  SpeedMeter meter;
  CHECK(meter.seconds() == 0.0);
  meter.record(8.0);
  CHECK(meter.seconds() == 8.0);
  meter.record(4.0);
  CHECK(meter.seconds() == 6.0);
  CHECK_THROWS_AS(meter.record(0.0), base::ContractViolation);
}

TEST_CASE("the measured calculation takes between 20 µs and 0.5 s") {
  SpeedMeter meter;
  // It takes about half a millisecond on an idle machine, but the process may be interrupted.
  for (int n = 0; n < 5 || (n < 50 && meter.seconds() >= 0.5); ++n) meter.measure();
  CHECK(meter.seconds() > 2e-5);
  CHECK(meter.seconds() < 0.5);
}

TEST_CASE("all ranks get the speeds of all ranks") {
  SpeedMeter meter;
  meter.record(world().rank() == 0 ? 1.0 : 3.0);
  const std::vector<double> all = meter.speeds_of_ranks(world());
  REQUIRE(all.size() == static_cast<std::size_t>(world().size()));
  const double mean = (1.0 + 3.0 * (world().size() - 1)) / world().size();
  CHECK(all[0] == mean);
  for (std::size_t r = 1; r < all.size(); ++r) CHECK(all[r] == mean / 3.0);
  CHECK_THROWS_AS(SpeedMeter{}.speeds_of_ranks(world()), base::ContractViolation);  // no timing
}
