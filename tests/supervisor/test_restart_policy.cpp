#include "supervisor/restart_policy.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace tessera::supervisor;
using Action = RestartPolicy::Action;

TEST_CASE("after progress a run is launched again at once, for as long as it makes any") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 500; ++n) {
    const auto decision = policy.after(100 * n, 100 * n - 10);
    CHECK(decision.action == Action::relaunch);
    CHECK(decision.delay == 0.0);
  }
  CHECK(policy.restarts() == 500);
}

TEST_CASE("a crash at one step that a new checkpoint comes before each time is not in the way") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 20; ++n) CHECK(policy.after(500, 400 + n).action == Action::relaunch);
}

TEST_CASE("without progress the waits grow to 30 s") {
  RestartPolicy far{1000, 1000};
  far.after(1000, 1000);  // further than any step before
  std::vector<double> delays;
  // At steps so far apart that no place is to blame.
  for (int n = 0; n < 10; ++n) delays.push_back(far.after(n % 2 == 0 ? 0 : 500, 1000).delay);
  CHECK(delays == std::vector<double>{0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0});
  CHECK(far.after(1200, 1100).delay == 0.0);
  CHECK(far.after(0, 1100).delay == 0.0);
  CHECK(far.after(500, 1100).delay == 1.0);
}

TEST_CASE("three crashes in one place put the blame on the newest checkpoint, a fourth one ends it") {
  RestartPolicy policy{20, 180};
  CHECK(policy.after(200, 180).action == Action::relaunch);
  CHECK(policy.after(196, 180).action == Action::relaunch);  // ranks tell of blocks of steps
  const auto third = policy.after(199, 180);
  CHECK(third.action == Action::fall_back);
  CHECK(third.why.find("199") != std::string::npos);
  policy.fell_back(160);
  const auto fourth = policy.after(200, 190);  // although it has made a checkpoint on the way
  CHECK(fourth.action == Action::give_up);
  CHECK(fourth.why.find("200") != std::string::npos);
}

TEST_CASE("without any checkpoint there is one more try as well") {
  RestartPolicy policy{20, std::nullopt};
  CHECK(policy.after(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.after(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.after(0, std::nullopt).action == Action::fall_back);
  CHECK(policy.after(0, std::nullopt).action == Action::give_up);
}

TEST_CASE("where no rank began no checkpoint is to blame") {
  RestartPolicy policy{20, 180};
  CHECK(policy.after(200, 180).action == Action::relaunch);
  for (int n = 0; n < 10; ++n) CHECK(policy.after(180, 180, false).action == Action::relaunch);
  CHECK(policy.after(180, 180, false).delay == 30.0);
  CHECK(policy.after(200, 180).action == Action::relaunch);
  CHECK(policy.after(200, 180).action == Action::fall_back);
  RestartPolicy stillborn{20, 180};
  for (int n = 0; n < 3; ++n) CHECK(stillborn.after(180, 180, false).action == Action::relaunch);
  CHECK(stillborn.after(180, 180, false).action == Action::give_up);
  RestartPolicy poor{1, 180};
  CHECK(poor.after(180, 180, false).action == Action::relaunch);
  CHECK(poor.after(180, 180, false).action == Action::give_up);
}

TEST_CASE("a run that gets past the place is forgiven") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 3; ++n) policy.after(200, 180);
  policy.fell_back(160);
  CHECK(policy.after(400, 390).action == Action::relaunch);
  CHECK(policy.after(200, 390).action == Action::relaunch);
  CHECK(policy.after(200, 390).action == Action::relaunch);
  CHECK(policy.after(200, 390).action == Action::fall_back);
}

TEST_CASE("crashes in other places in between do not count together") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 10; ++n) {
    CHECK(policy.after(200, 180).action == Action::relaunch);
    CHECK(policy.after(200, 180).action == Action::relaunch);
    CHECK(policy.after(300, 180).action == Action::relaunch);
  }
}

TEST_CASE("restarts are counted") {
  RestartPolicy none{0, std::nullopt};
  CHECK(none.after(10, std::nullopt).action == Action::give_up);
  RestartPolicy two{2, std::nullopt};
  CHECK(two.after(100, 90).action == Action::relaunch);
  CHECK(two.after(200, 190).action == Action::relaunch);
  const auto last = two.after(300, 290);
  CHECK(last.action == Action::give_up);
  CHECK(last.why == "all 2 restarts are used up");
  CHECK(two.restarts() == 2);
}
