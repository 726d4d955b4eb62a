#include "supervisor/restart_policy.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace tessera::supervisor;
using Action = RestartPolicy::Action;

TEST_CASE("a run that makes progress is always relaunched immediately") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 500; ++n) {
    const auto decision = policy.decide(100 * n, 100 * n - 10);
    CHECK(decision.action == Action::relaunch);
    CHECK(decision.delay == 0.0);
  }
  CHECK(policy.restarts() == 500);
}

TEST_CASE("crashes at the same step are retried if each attempt writes a new checkpoint") {
  RestartPolicy policy{1000, std::nullopt};
  for (std::int64_t n = 1; n <= 20; ++n) CHECK(policy.decide(500, 400 + n).action == Action::relaunch);
}

TEST_CASE("without progress, the delay grows to 30 s") {
  RestartPolicy policy{1000, 1000};
  policy.decide(1000, 1000);  // progress beyond all earlier steps
  std::vector<double> delays;
  // The crashes are too far apart to count as crashes at the same step.
  for (int n = 0; n < 10; ++n) delays.push_back(policy.decide(n % 2 == 0 ? 0 : 500, 1000).delay);
  CHECK(delays == std::vector<double>{0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0});
  CHECK(policy.decide(1200, 1100).delay == 0.0);
  CHECK(policy.decide(0, 1100).delay == 0.0);
  CHECK(policy.decide(500, 1100).delay == 1.0);
}

TEST_CASE("three crashes at the same step lead to a fall-back, and a fourth ends the run") {
  RestartPolicy policy{20, 180};
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  CHECK(policy.decide(196, 180).action == Action::relaunch);  // ranks publish their step once per time tile
  const auto third = policy.decide(199, 180);
  CHECK(third.action == Action::fall_back);
  CHECK(third.reason.find("199") != std::string::npos);
  policy.note_fall_back(160);
  const auto fourth = policy.decide(200, 190);  // despite a new checkpoint
  CHECK(fourth.action == Action::give_up);
  CHECK(fourth.reason == "it failed again near step 200, even from an older state");
}

TEST_CASE("a run without checkpoints is also tried once more after three crashes") {
  RestartPolicy policy{20, std::nullopt};
  CHECK(policy.decide(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.decide(0, std::nullopt).action == Action::relaunch);
  CHECK(policy.decide(0, std::nullopt).action == Action::fall_back);
  const auto fourth = policy.decide(0, std::nullopt);
  CHECK(fourth.action == Action::give_up);
  CHECK(fourth.reason == "4 attempts in a row failed near step 0, all from the beginning");
}

TEST_CASE("an attempt in which no rank started never leads to a fall-back") {
  RestartPolicy policy{20, 180};
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  for (int n = 0; n < 10; ++n) CHECK(policy.decide(180, 180, false).action == Action::relaunch);
  CHECK(policy.decide(180, 180, false).delay == 30.0);
  CHECK(policy.decide(200, 180).action == Action::relaunch);
  CHECK(policy.decide(200, 180).action == Action::fall_back);
  RestartPolicy never_started{20, 180};
  for (int n = 0; n < 3; ++n) CHECK(never_started.decide(180, 180, false).action == Action::relaunch);
  CHECK(never_started.decide(180, 180, false).action == Action::give_up);
  RestartPolicy one_restart{1, 180};
  CHECK(one_restart.decide(180, 180, false).action == Action::relaunch);
  CHECK(one_restart.decide(180, 180, false).action == Action::give_up);
}

TEST_CASE("progress beyond the step of earlier crashes resets their count") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 3; ++n) policy.decide(200, 180);
  policy.note_fall_back(160);
  CHECK(policy.decide(400, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::relaunch);
  CHECK(policy.decide(200, 390).action == Action::fall_back);
}

TEST_CASE("only consecutive crashes at the same step are counted") {
  RestartPolicy policy{100, 180};
  for (int n = 0; n < 10; ++n) {
    CHECK(policy.decide(200, 180).action == Action::relaunch);
    CHECK(policy.decide(200, 180).action == Action::relaunch);
    CHECK(policy.decide(300, 180).action == Action::relaunch);
  }
}

TEST_CASE("the number of restarts is limited") {
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
