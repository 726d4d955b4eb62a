#include "supervisor/restart_policy.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace tessera::supervisor;
using Action = RestartPolicy::Action;

TEST_CASE("after progress a run is launched again at once, for as long as it makes any") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 500; ++n) {
    const auto decision = policy.decide(100 * n, 100 * n - 10);
    CHECK(decision.action == Action::relaunch);
    CHECK(decision.delay == 0.0);
  }
  CHECK(policy.restarts() == 500);
}

TEST_CASE("a crash at one step that a new checkpoint comes before each time is not in the way") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 20; ++n) CHECK(policy.decide(500, 400 + n).action == Action::relaunch);
}

TEST_CASE("without progress the waits grow to 30 s") {
  RestartPolicy far{1000, 1000};
  far.decide(1000, 1000);  // progress beyond all earlier steps
  std::vector<double> delays;
  // At steps too far apart to count as the same place.
  for (int n = 0; n < 10; ++n) delays.push_back(far.decide(n % 2 == 0 ? 0 : 500, 1000).delay);
  CHECK(delays == std::vector<double>{0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0});
  CHECK(far.decide(1200, 1100).delay == 0.0);
  CHECK(far.decide(0, 1100).delay == 0.0);
  CHECK(far.decide(500, 1100).delay == 1.0);
}

TEST_CASE("three crashes in one place put the blame on the newest checkpoint, a fourth one ends it") {
  RestartPolicy policy{20, 180};
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  CHECK(policy.decide(196, 180).action == Action::relaunch);  // ranks publish their step once per time tile
  const auto third = policy.decide(199, 180);
  CHECK(third.action == Action::fall_back);
  CHECK(third.reason.find("199") != std::string::npos);
  policy.note_fall_back(160);
  const auto fourth = policy.decide(200, 190);  // despite a new checkpoint
  CHECK(fourth.action == Action::give_up);
  CHECK(fourth.reason.find("200") != std::string::npos);
}

TEST_CASE("without any checkpoint there is one more try as well") {
  RestartPolicy policy{20, std::nullopt};
  CHECK(policy.decide(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.decide(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.decide(0, std::nullopt).action == Action::fall_back);
  CHECK(policy.decide(0, std::nullopt).action == Action::give_up);
}

TEST_CASE("where no rank began no checkpoint is to blame") {
  RestartPolicy policy{20, 180};
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  for (int n = 0; n < 10; ++n) CHECK(policy.decide(180, 180, false).action == Action::relaunch);
  CHECK(policy.decide(180, 180, false).delay == 30.0);
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  CHECK(policy.decide(200, 180).action == Action::fall_back);
  RestartPolicy never_started{20, 180};
  for (int n = 0; n < 3; ++n) CHECK(never_started.decide(180, 180, false).action == Action::relaunch);
  CHECK(never_started.decide(180, 180, false).action == Action::give_up);
  RestartPolicy poor{1, 180};
  CHECK(poor.decide(180, 180, false).action == Action::relaunch);
  CHECK(poor.decide(180, 180, false).action == Action::give_up);
}

TEST_CASE("a run that gets past the place is forgiven") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 3; ++n) policy.decide(200, 180);
  policy.note_fall_back(160);
  CHECK(policy.decide(400, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::fall_back);
}

TEST_CASE("crashes in other places in between do not count together") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 10; ++n) {
    CHECK(policy.decide(200, 180).action == Action::relaunch);
    CHECK(policy.decide(200, 180).action == Action::relaunch);
    CHECK(policy.decide(300, 180).action == Action::relaunch);
  }
}

TEST_CASE("restarts are counted") {
  RestartPolicy none{0, std::nullopt};
  CHECK(none.decide(10, std::nullopt).action == Action::give_up);
  RestartPolicy two{2, std::nullopt};
  CHECK(two.decide(100, 90).action == Action::relaunch);
  CHECK(two.decide(200, 190).action == Action::relaunch);
  const auto last = two.decide(300, 290);
  CHECK(last.action == Action::give_up);
  CHECK(last.reason == "all 2 restarts are used up");
  CHECK(two.restarts() == 2);
}
