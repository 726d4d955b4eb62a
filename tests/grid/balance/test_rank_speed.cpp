#include "base/contract.h"
#include "grid/balance/rank_speed.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace tessera;
using balance::RankSpeed;

TEST_CASE("timings are averaged, of which the newest counts half") {
  RankSpeed speed;
  CHECK(speed.seconds() == 0.0);
  speed.record(8.0);
  CHECK(speed.seconds() == 8.0);
  speed.record(4.0);
  CHECK(speed.seconds() == 6.0);
  CHECK_THROWS_AS(speed.record(0.0), base::ContractViolation);
}

TEST_CASE("the calculation takes some time, but little") {
  RankSpeed speed;
  for (int n = 0; n < 5; ++n) speed.measure();
  CHECK(speed.seconds() > 2e-5);
  CHECK(speed.seconds() < 0.5);  // half a millisecond where nothing else runs
}

TEST_CASE("all ranks learn the speeds of all") {
  RankSpeed speed;
  speed.record(world().rank() == 0 ? 1.0 : 3.0);
  const std::vector<double> all = speed.relative(world());
  REQUIRE(all.size() == static_cast<std::size_t>(world().size()));
  const double mean = (1.0 + 3.0 * (world().size() - 1)) / world().size();
  CHECK(all[0] == mean);
  for (std::size_t r = 1; r < all.size(); ++r) CHECK(all[r] == mean / 3.0);
  CHECK_THROWS_AS(RankSpeed{}.relative(world()), base::ContractViolation);  // nothing has been timed
}
