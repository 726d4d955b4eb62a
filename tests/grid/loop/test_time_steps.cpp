// The length and end time of each step, and when the stable time step is computed again.
#include "base/error.h"
#include "grid/loop/time_steps.h"

#include <catch2/catch.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace tessera;
using loop::Step;
using loop::TimeSteps;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Takes the next step.
Step take_step(TimeSteps& steps, double target_time = infinity) {
  const Step next = steps.next(steps.state().step, steps.state().time, target_time);
  steps.record(next);
  return next;
}

template <class F>
std::string error_message(F f) {
  try {
    f();
  } catch (const base::Error& e) {
    const bool is_unlimited = e.message().starts_with("nothing limits");
    CHECK(e.code() == (is_unlimited ? base::ExitCode::bad_job : base::ExitCode::internal));
    return e.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("fixed steps end at multiples of dt, without drift") {
  grid::TimeSpec time;
  time.dt = 0.1;
  time.max_steps = 1000;
  TimeSteps steps{time, true};
  CHECK_FALSE(steps.needs_stable_dt());
  for (int n = 1; n <= 1000; ++n) {
    CHECK(steps.steps_left() == 1001 - n);
    CHECK(take_step(steps, 0.05).end == n * 0.1);  // a target time does not shorten fixed steps
  }
  CHECK(steps.finished());
  CHECK(steps.state().min_dt == 0.1);
  CHECK(steps.state().max_dt == 0.1);
}

TEST_CASE("the last fixed step ends exactly at the end time") {
  grid::TimeSpec time;
  time.dt = 0.3;
  time.end = 0.9;  // 3 * 0.3 is smaller due to rounding
  REQUIRE(3 * 0.3 < 0.9);
  TimeSteps steps{time, false};
  take_step(steps);
  take_step(steps);
  CHECK_FALSE(steps.finished());
  CHECK(take_step(steps).end == 0.9);
  CHECK(steps.finished());
  time.end = 1.0;
  steps.restore({});
  for (int n = 0; n < 3; ++n) take_step(steps);
  const Step last = take_step(steps);
  CHECK(last.end == 1.0);
  CHECK(last.begin.dt == 1.0 - 3 * 0.3);
  CHECK(steps.state().min_dt == last.begin.dt);
  CHECK(steps.state().max_dt == 0.3);
}

TEST_CASE("after an extension, fixed steps are counted from the shortened step") {
  grid::TimeSpec time;
  time.dt = 0.3;
  time.end = 1.0;
  TimeSteps steps{time, false};
  while (!steps.finished()) take_step(steps);
  REQUIRE(steps.state().step == 4);
  REQUIRE(steps.state().time == 1.0);
  time.end = 2.0;
  TimeSteps extended{time, false};
  extended.restore(steps.state());
  CHECK_FALSE(extended.finished());
  for (int n = 1; n <= 3; ++n) CHECK(take_step(extended).end == 1.0 + n * 0.3);
  // A restart in between changes nothing.
  TimeSteps resumed{time, false};
  resumed.restore(extended.state());
  CHECK(take_step(resumed).end == 2.0);
  CHECK(resumed.finished());
}

TEST_CASE("the last two steps before an output time are equal, to avoid a tiny step") {
  grid::TimeSpec time;
  time.end = 10.0;
  time.cfl = 0.5;
  TimeSteps steps{time, false};
  CHECK(steps.needs_stable_dt());
  steps.set_stable_dt(2.0);
  CHECK_FALSE(steps.needs_stable_dt());
  CHECK(take_step(steps, 2.5).end == 1.0);
  CHECK(take_step(steps, 2.5).end == 1.75);  // the remaining 1.5 s are two steps of 0.75 s
  const Step last = take_step(steps, 2.5);
  CHECK(last.begin.time == 1.75);
  CHECK(last.end == 2.5);
  CHECK(take_step(steps, 3.0).end == 3.0);
  CHECK(steps.state().min_dt == 0.5);
  CHECK(steps.state().max_dt == 1.0);
  CHECK_FALSE(steps.needs_stable_dt());  // the stable time step does not depend on the fields
  CHECK(steps.steps_left() == std::numeric_limits<std::int64_t>::max() - 4);
}

TEST_CASE("a stable time step that depends on the fields is reused for `cfl_every` steps") {
  grid::TimeSpec time;
  time.end = 1000.0;
  time.cfl = 1.0;
  time.cfl_every = 3;
  TimeSteps steps{time, true};
  std::vector<int> update_steps;
  for (int n = 0; n < 8; ++n) {
    CHECK(steps.steps_left() == 3 - n % 3);
    if (steps.needs_stable_dt()) {
      update_steps.push_back(n);
      steps.set_stable_dt(1.0);
    }
    take_step(steps);
  }
  CHECK(update_steps == std::vector<int>{0, 3, 6});
  CHECK(steps.state().max_dt_since_update == 1.0);
  take_step(steps);
  REQUIRE(steps.needs_stable_dt());
  CHECK(error_message([&] { steps.set_stable_dt(0.5); }) ==
        "a time step of 1 s was kept for 3 steps and now exceeds the stable time step of 0.5 s, at step 9, "
        "t = 9 s\n"
        "  = lower `cfl` or `cfl_every` in [time]");
}

TEST_CASE("a run that resumes from a saved state takes the same steps as an uninterrupted run") {
  grid::TimeSpec time;
  time.end = 50.0;
  time.cfl = 0.7;
  time.cfl_every = 4;
  const auto advance = [](TimeSteps& steps) {
    if (steps.needs_stable_dt()) steps.set_stable_dt(1.0 + 0.25 * static_cast<double>(steps.state().step));
    take_step(steps, steps.state().time < 13.0 ? 13.0 : infinity);
  };
  for (int interruption = 0; interruption < 12; ++interruption) {
    TimeSteps uninterrupted{time, true};
    TimeSteps first{time, true};
    for (int n = 0; n < 12; ++n) advance(uninterrupted);
    for (int n = 0; n < interruption; ++n) advance(first);
    TimeSteps second{time, true};
    second.restore(first.state());
    for (int n = interruption; n < 12; ++n) advance(second);
    CHECK(second.state() == uninterrupted.state());
  }
}

TEST_CASE("the advice on an invalid stable time step depends on whether a step has been taken") {
  grid::TimeSpec time;
  TimeSteps steps{time, true};
  const auto hint = [&] {
    try {
      steps.set_stable_dt(0.0);
    } catch (const base::Error& e) {
      return e.hint();
    }
    return std::string{"no error"};
  };
  CHECK(
      hint() ==
      "it follows from the initial state, the grid and the parameters: check them, and the solver's function "
      "for the stable time step");
  steps.set_stable_dt(1.0);
  steps.record(steps.next(0, 0.0, 5.0));
  CHECK(hint() == "the solution may have diverged; lower `cfl`, or set `dt` in [time]");
}

TEST_CASE("an invalid step length is an error") {
  grid::TimeSpec time;
  TimeSteps steps{time, false};
  for (const double invalid_dt : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(error_message([&] { steps.set_stable_dt(invalid_dt); }).find("the solver's stable time step is") ==
          0);
  }
  steps.set_stable_dt(infinity);
  CHECK(error_message([&] { steps.next(0, 0.0, infinity); }).find("nothing limits the time step") == 0);
  steps.set_stable_dt(1e-20);
  CHECK(error_message([&] { steps.next(5, 1.0, infinity); }).find("the time step has become too small") == 0);
}
