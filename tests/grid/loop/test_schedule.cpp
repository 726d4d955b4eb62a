#include "grid/loop/schedule.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using tessera::job::Cadence;
using tessera::loop::Schedule;

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("with a cadence in steps, an output is due at multiples of the cadence") {
  Schedule s{{Cadence::Unit::steps, 3.0}};
  std::vector<std::int64_t> due;
  for (std::int64_t step = 1; step <= 10; ++step) {
    if (s.due(step, 0.1 * static_cast<double>(step))) due.push_back(step);
  }
  CHECK(due == std::vector<std::int64_t>{3, 6, 9});
  CHECK(s.next_time() == infinity);
  CHECK_FALSE(s.due_by_wall_clock(1e9));
  CHECK(s.due_at_start());
  CHECK(s.due_at_end());
}

TEST_CASE("with a cadence in simulated time, an output is due without drift, and at most once per step") {
  Schedule s{{Cadence::Unit::simulated, 0.1}};
  CHECK(s.next_time() == 0.1);
  CHECK_FALSE(s.due(1, 0.0999));
  CHECK(s.due(2, 0.1));
  CHECK_FALSE(s.due(3, 0.15));
  CHECK(s.next_time() == 0.2);
  CHECK(s.due(4, 0.55));  // 0.3, 0.4 and 0.5 are skipped
  CHECK(s.next_time() == 6 * 0.1);
  Schedule long_run{{Cadence::Unit::simulated, 0.1}};
  std::int64_t count = 0;
  for (std::int64_t n = 1; n <= 10000; ++n) count += long_run.due(n, static_cast<double>(n) * 0.1) ? 1 : 0;
  CHECK(count == 10000);
}

TEST_CASE("a cadence far below the time step costs no time, and makes the output due in every step") {
  for (const double amount : {1e-6, 1e-12, 1e-30, 1e-300}) {
    CAPTURE(amount);
    Schedule s{{Cadence::Unit::simulated, amount}};
    for (std::int64_t step = 1; step <= 100; ++step) {
      const double time = 300.0 * static_cast<double>(step);
      CHECK(s.due(step, time));
      CHECK_FALSE(s.would_be_due(step, time));
      CHECK(s.next_time() > time);
      CHECK(s.next_time() <= time + 1e-3);
    }
    s.skip_to(1e15);
    CHECK(s.due(101, 1e15 + 300.0));
  }
  Schedule wall{{Cadence::Unit::wall, 1e-9}};
  CHECK(wall.due_by_wall_clock(1e6));
  CHECK(wall.due_by_wall_clock(2e6));
}

TEST_CASE("the next time is the same multiple of the cadence, however it is reached") {
  for (const double amount : {0.1, 0.3, 1.0 / 3.0, 7.0, 3600.0}) {
    Schedule jump{{Cadence::Unit::simulated, amount}};
    Schedule walk{{Cadence::Unit::simulated, amount}};
    for (std::int64_t n = 1; n <= 3000; ++n) walk.skip_to(static_cast<double>(n) * amount);
    jump.skip_to(3000.0 * amount);
    CHECK(jump.next_time() == 3001.0 * amount);
    CHECK(walk.next_time() == jump.next_time());
  }
}

TEST_CASE("an output is due even if the step ends slightly too early due to rounding") {
  REQUIRE(3 * 0.3 < 0.9);
  Schedule s{{Cadence::Unit::simulated, 0.9}};
  CHECK_FALSE(s.due(2, 2 * 0.3));
  CHECK(s.due(3, 3 * 0.3));
  CHECK_FALSE(s.due(4, 4 * 0.3));
}

TEST_CASE("with a wall-clock cadence, an output is due only by the wall clock") {
  Schedule s{{Cadence::Unit::wall, 30.0}};
  CHECK_FALSE(s.due(1, 1e9));
  CHECK(s.next_time() == infinity);
  CHECK_FALSE(s.due_by_wall_clock(29.9));
  CHECK(s.due_by_wall_clock(30.0));
  CHECK_FALSE(s.due_by_wall_clock(31.0));
  CHECK(s.due_by_wall_clock(200.0));
  CHECK_FALSE(s.due_by_wall_clock(209.0));
  CHECK(s.due_by_wall_clock(210.0));
}

TEST_CASE("an output can be due only at the end, or never") {
  Schedule end{{Cadence::Unit::end, 0.0}};
  CHECK_FALSE(end.due(1, 1.0));
  CHECK_FALSE(end.due_at_start());
  CHECK(end.due_at_end());
  Schedule never{{}};
  CHECK_FALSE(never.due(1, 1.0));
  CHECK_FALSE(never.due_by_wall_clock(1e9));
  CHECK_FALSE(never.due_at_start());
  CHECK_FALSE(never.due_at_end());
}

TEST_CASE("would_be_due() does not advance the schedule") {
  Schedule s{{Cadence::Unit::simulated, 0.5}};
  CHECK_FALSE(s.would_be_due(1, 0.49));
  for (int n = 0; n < 3; ++n) CHECK(s.would_be_due(2, 0.5));
  CHECK(s.would_be_due(9, 7.0));
  CHECK(s.next_time() == 0.5);
  CHECK(s.due(2, 0.5));
  CHECK_FALSE(s.would_be_due(2, 0.5));
  CHECK(s.next_time() == 1.0);

  const Schedule by_steps{{Cadence::Unit::steps, 4.0}};
  std::vector<std::int64_t> due;
  for (std::int64_t step = 1; step <= 12; ++step) {
    if (by_steps.would_be_due(step, 0.0)) due.push_back(step);
  }
  CHECK(due == std::vector<std::int64_t>{4, 8, 12});

  const std::vector<Cadence> others{{Cadence::Unit::wall, 1.0}, {Cadence::Unit::end, 0.0}, {}};
  for (const Cadence& other : others) CHECK_FALSE(Schedule{other}.would_be_due(10, 1e9));
}

TEST_CASE("would_be_due() tolerates rounding of the end of a step") {
  REQUIRE(3 * 0.3 < 0.9);
  CHECK(Schedule{{Cadence::Unit::simulated, 0.9}}.would_be_due(3, 3 * 0.3));
}

TEST_CASE("steps_left() returns the number of steps to the next output if the cadence is in steps") {
  const Schedule s{{Cadence::Unit::steps, 5.0}};
  std::vector<std::int64_t> left;
  for (std::int64_t step = 0; step <= 11; ++step) left.push_back(s.steps_left(step));
  CHECK(left == std::vector<std::int64_t>{5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 5, 4});
  CHECK(Schedule{{Cadence::Unit::steps, 1.0}}.steps_left(7) == 1);

  constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  for (const auto unit :
       {Cadence::Unit::simulated, Cadence::Unit::wall, Cadence::Unit::end, Cadence::Unit::never}) {
    CHECK(Schedule{{unit, 2.0}}.steps_left(3) == never);
  }
}
