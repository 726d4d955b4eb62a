#include "grid/balance/forecast.h"

#include <catch2/catch.hpp>

using tessera::balance::estimated_migration_seconds;
using tessera::balance::should_migrate;

TEST_CASE("a migration must pay off before the next check") {
  // The gain is a quarter of a second per step.
  CHECK(should_migrate({1.0, 0.75, 24.75, 100}));
  CHECK_FALSE(should_migrate({1.0, 0.75, 25.0, 100}));  // breaks even
  CHECK_FALSE(should_migrate({1.0, 0.75, 25.25, 100}));
  CHECK(should_migrate({1.0, 0.75, 25.25, 102}));
  CHECK(should_migrate({1.0, 0.75, 0.0, 1}));
  CHECK_FALSE(should_migrate({1.0, 0.75, 0.0, 0}));  // no step remains
}

TEST_CASE("a gain of at most 2 % of a step is ignored as noise") {
  CHECK_FALSE(should_migrate({64.0, 63.0, 0.0, 1000000}));   // 1.6 %
  CHECK(should_migrate({64.0, 62.0, 0.0, 1000000}));         // 3.1 %
  CHECK_FALSE(should_migrate({100.0, 98.0, 0.0, 1000000}));  // 2 % is not above 2 %
  CHECK_FALSE(should_migrate({1.0, 1.0, 0.0, 1000000}));
  CHECK_FALSE(should_migrate({1.0, 2.0, 0.0, 1000000}));  // a loss
  CHECK_FALSE(should_migrate({0.0, 0.0, 0.0, 1000000}));  // no measurement yet
}

TEST_CASE("the first migration is assumed to move 1 GB per second") {
  CHECK(estimated_migration_seconds(0) == 0.0);
  CHECK(estimated_migration_seconds(2'500'000'000) == 2.5);
}
