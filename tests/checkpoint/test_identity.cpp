#include "checkpoint/identity.h"

#include <catch2/catch.hpp>

using tessera::checkpoint::Identity;
using tessera::checkpoint::mismatch;

TEST_CASE("a checkpoint of another computation is refused, with the first thing that differs") {
  const Identity ours{"heat", "1.0.0", "axis x: 16 cells\nparameter k: 1\ndt 1 s\n"};
  CHECK(mismatch(ours, ours).empty());
  CHECK(mismatch({"waves", "1.0.0", ours.job}, ours) == "it was written by solver `waves`, not `heat`");
  CHECK(mismatch({"heat", "2.0.0", ours.job}, ours) ==
        "it was written by version 2.0.0 of the solver, not 1.0.0");
  CHECK(mismatch({"heat", "1.0.0", "axis x: 16 cells\nparameter k: 2\ndt 2 s\n"}, ours) ==
        "it belongs to another job: `parameter k: 2`, not `parameter k: 1`");
  CHECK(mismatch({"heat", "1.0.0", "axis x: 16 cells\nparameter k: 1\n"}, ours) ==
        "it belongs to another job: ``, not `dt 1 s`");
  CHECK(mismatch({"heat", "1.0.0", ours.job + "chunk 4\n"}, ours) ==
        "it belongs to another job: `chunk 4`, not ``");
}
