#include "checkpoint/identity.h"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

using tessera::checkpoint::AcceptedChanges;
using tessera::checkpoint::Identity;
using tessera::checkpoint::Mismatch;
using tessera::checkpoint::mismatch;

TEST_CASE("the first difference between two computations is the reason why one cannot resume the other") {
  const Identity current{"heat", "1.0.0",    "axis x: 16 cells\nparameter k: 1\ndt 1 s\n",
                         "b1",   "0.1 (t1)", "d1\n"};
  CHECK_FALSE(mismatch(current, current));
  const auto reason = [&](const std::function<void(Identity&)>& change) {
    Identity stored = current;
    change(stored);
    const Mismatch found = mismatch(stored, current);
    CHECK(found);
    CHECK(found.accepted.empty());
    CHECK(found.advice() == "undo that change, or use another --run-dir");
    return found.reason;
  };
  CHECK(reason([](Identity& i) { i.solver = "waves"; }) == "it was written by solver `waves`, not `heat`");
  CHECK(reason([](Identity& i) { i.job = "axis x: 16 cells\nparameter k: 2\ndt 2 s\n"; }) ==
        "it belongs to another job: `parameter k: 2`, not `parameter k: 1`");
  CHECK(reason([](Identity& i) { i.job = "axis x: 16 cells\nparameter k: 1\n"; }) ==
        "it belongs to another job: ``, not `dt 1 s`");
  CHECK(reason([](Identity& i) { i.job += "chunk 4\n"; }) == "it belongs to another job: `chunk 4`, not ``");
}

TEST_CASE("changes of the solver, of Tessera and of the data can be accepted one by one") {
  const Identity current{"heat", "1.0.0", "dt 1 s\n", "b1", "0.1 (t1)", "d1\n"};
  const auto reason = [&](const char* name, const std::function<void(Identity&)>& change) {
    Identity stored = current;
    change(stored);
    const Mismatch found = mismatch(stored, current);
    CHECK(found.accepted == name);
    CHECK(found.advice() == std::string{"undo that change, or resume with --accept-changed "} + name +
                                "; the results are then not those of either");
    for (const char* other : {"solver", "tessera", "data"}) {
      AcceptedChanges accepted;
      REQUIRE(accepted.accept(other));
      CHECK(bool{mismatch(stored, current, accepted)} == (std::string{other} != name));
    }
    return found.reason;
  };
  CHECK(reason("solver", [](Identity& i) { i.solver_version = "2.0.0"; }) ==
        "it was written by version 2.0.0 of the solver, not 1.0.0");
  CHECK(reason("solver", [](Identity& i) { i.solver_build = "b2"; }) ==
        "it was written by another build of solver `heat`: the plugin file has changed");
  CHECK(reason("tessera", [](Identity& i) { i.tessera = "0.2 (t2)"; }) ==
        "it was written by tessera 0.2 (t2), not 0.1 (t1)");
  CHECK(reason("data", [](Identity& i) { i.data = "d2\n"; }) ==
        "the input data have changed: `d2`, not `d1`");
}

TEST_CASE("a difference that cannot be accepted is reported first") {
  const Identity current{"heat", "1.0.0", "dt 1 s\n", "b1", "t1", "d1\n"};
  const Identity stored{"heat", "2.0.0", "dt 2 s\n", "b2", "t2", "d2\n"};
  CHECK(mismatch(stored, current).reason == "it belongs to another job: `dt 2 s`, not `dt 1 s`");
  AcceptedChanges all{true, true, true};
  CHECK(mismatch(stored, current, all));
  CHECK_FALSE(all.accept("job"));
}
