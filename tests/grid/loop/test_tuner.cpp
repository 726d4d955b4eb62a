#include "grid/loop/tuner.h"

#include "base/contract.h"

#include <catch2/catch.hpp>

using namespace tessera;
using loop::Tiling;
using loop::Tuner;

namespace {

const Tiling a{8, 0, 1, false};
const Tiling b{0, 0, 1, true};
const Tiling c{4, 16, 1, false};

}  // namespace

TEST_CASE("a single candidate is used without a trial") {
  Tuner tuner{{a}, 2.0};
  CHECK(tuner.done());
  CHECK(tuner.tiling() == a);
  tuner.record(8, 1.0);
  REQUIRE(tuner.trials().size() == 1);
  CHECK(tuner.trials()[0].seconds_per_step == 0.0);
  CHECK(tuner.tiling() == a);
}

TEST_CASE("an empty list of candidates is a contract violation") {
  CHECK_THROWS_AS((Tuner{{}, 2.0}), base::ContractViolation);
}

TEST_CASE("the candidate with the fastest second time tile is used") {
  Tuner tuner{{a, b, c}, 100.0};
  CHECK_FALSE(tuner.done());
  CHECK(tuner.tiling() == a);
  tuner.record(8, 80.0e-3);  // 10 ms per step, with cold caches
  CHECK(tuner.tiling() == a);
  tuner.record(8, 16.0e-3);  // 2 ms
  CHECK(tuner.tiling() == b);
  tuner.record(1, 2.5e-3);
  CHECK(tuner.tiling() == b);
  tuner.record(1, 3.0e-3);
  CHECK(tuner.tiling() == c);
  tuner.record(4, 6.0e-3);
  CHECK_FALSE(tuner.done());
  CHECK(tuner.tiling() == c);
  tuner.record(2, 2.0e-3);  // a shorter tile; 1 ms per step
  CHECK(tuner.done());
  CHECK(tuner.tiling() == c);
  CHECK(tuner.trials()[0].seconds_per_step == 2.0e-3);
  CHECK(tuner.trials()[1].seconds_per_step == 3.0e-3);
  CHECK(tuner.trials()[2].seconds_per_step == 1.0e-3);
  CHECK(tuner.trials()[1].tiling == b);

  tuner.record(4, 1000.0);  // later records change nothing
  CHECK(tuner.tiling() == c);
  CHECK(tuner.trials()[2].seconds_per_step == 1.0e-3);
}

TEST_CASE("the first candidate is used if no other is faster") {
  Tuner tuner{{a, b}, 100.0};
  for (int n = 0; n < 4; ++n) tuner.record(2, 2.0e-3);
  CHECK(tuner.done());
  CHECK(tuner.tiling() == a);
}

TEST_CASE("a much slower candidate is tried on only one time tile") {
  Tuner tuner{{a, b, c}, 100.0};
  tuner.record(1, 2.0e-3);
  tuner.record(1, 1.0e-3);
  tuner.record(1, 3.1e-3);  // b: more than three times as slow as the best so far
  CHECK(tuner.tiling() == c);
  tuner.record(1, 1.4e-3);  // c: slower, but this was its first tile
  CHECK(tuner.tiling() == c);
  tuner.record(1, 0.9e-3);
  CHECK(tuner.done());
  CHECK(tuner.tiling() == c);
  CHECK(tuner.trials()[1].seconds_per_step == 3.1e-3);
}

TEST_CASE("once the time limit is reached, the best candidate so far is used") {
  Tuner tuner{{a, b, c}, 10.0e-3};
  tuner.record(1, 4.0e-3);
  tuner.record(1, 3.0e-3);
  tuner.record(1, 2.5e-3);
  CHECK_FALSE(tuner.done());
  CHECK(tuner.tiling() == b);
  tuner.record(1, 2.0e-3);
  CHECK(tuner.done());
  CHECK(tuner.tiling() == b);
  CHECK(tuner.trials()[2].seconds_per_step == 0.0);  // not tried

  Tuner slow{{a, b}, 1.0};
  slow.record(1, 5.0);
  CHECK(slow.done());
  CHECK(slow.tiling() == a);
  CHECK(slow.trials()[1].seconds_per_step == 0.0);
}
