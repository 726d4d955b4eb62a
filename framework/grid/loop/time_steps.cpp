#include "grid/loop/time_steps.h"

#include "base/error.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

base::Error time_step_error(const std::string& problem, const std::string& hint) {
  return {base::ExitCode::internal, problem, hint};
}

}  // namespace

std::int64_t TimeSteps::steps_left() const {
  const std::int64_t left = spec_->max_steps - state_.step;
  if (!stable_dt_varies_ || spec_->dt) return left;
  return std::min(left, spec_->cfl_every - state_.step % spec_->cfl_every);
}

bool TimeSteps::needs_stable_dt() const {
  if (spec_->dt) return false;
  return !state_.stable_dt || (stable_dt_varies_ && state_.step - state_.stable_dt_step >= spec_->cfl_every);
}

void TimeSteps::set_stable_dt(double stable_dt) {
  if (!(stable_dt > 0.0)) {
    throw time_step_error(
        fmt::format("the solver's stable time step is {} at step {}, t = {:.6g} s", stable_dt, state_.step,
                    state_.time),
        state_.step == 0 ? "it follows from the initial state, the grid and the parameters: check them, and "
                           "the solver's function for the stable time step"
                         : "the solution may have diverged; lower `cfl`, or set `dt` in [time]");
  }
  if (state_.stable_dt && spec_->cfl_every > 1 && stable_dt < state_.max_dt_since_update) {
    throw time_step_error(
        fmt::format("a time step of {:.6g} s was kept for {} steps and now exceeds the stable time step of "
                    "{:.6g} s, at step {}, t = {:.6g} s",
                    state_.max_dt_since_update, spec_->cfl_every, stable_dt, state_.step, state_.time),
        "lower `cfl` or `cfl_every` in [time]");
  }
  state_.stable_dt = stable_dt;
  state_.stable_dt_step = state_.step;
  state_.max_dt_since_update = 0.0;
}

Step TimeSteps::next_fixed(std::int64_t step, double time) const {
  const double dt = *spec_->dt;
  const double left = spec_->end - time;
  // The last step ends exactly at the end of the run. The tolerance avoids an extra, tiny step due to
  // rounding.
  if (left <= dt * (1.0 + 1e-9)) return {{time, left}, spec_->end};
  // A running sum would drift.
  return {{time, dt}, state_.anchor_time + static_cast<double>(step + 1 - state_.anchor_step) * dt};
}

Step TimeSteps::next(std::int64_t step, double time, double target_time) const {
  if (spec_->dt) return next_fixed(step, time);
  const double dt = state_.stable_dt.value_or(infinity) * spec_->cfl;
  if (dt == infinity && spec_->end == infinity) {
    throw base::Error(base::ExitCode::bad_job, "nothing limits the time step", "set `dt` or `end` in [time]");
  }
  const double target = std::min(spec_->end, target_time);
  const double left = target - time;
  if (dt >= left) return {{time, left}, target};
  // Two equal steps to the target avoid a tiny last step.
  const double step_length = 2.0 * dt > left ? 0.5 * left : dt;
  if (time + step_length == time) {
    throw time_step_error(
        fmt::format("the time step has become too small to advance: {:.3g} s at t = {:.6g} s", step_length,
                    time),
        "the solution may have diverged; look at the last output");
  }
  return {{time, step_length}, time + step_length};
}

void TimeSteps::record(const Step& step) {
  ++state_.step;
  state_.time = step.end;
  if (spec_->dt && step.begin.dt != *spec_->dt) {
    state_.anchor_step = state_.step;
    state_.anchor_time = state_.time;
  }
  state_.max_dt_since_update = std::max(state_.max_dt_since_update, step.begin.dt);
  state_.min_dt = std::min(state_.min_dt, step.begin.dt);
  state_.max_dt = std::max(state_.max_dt, step.begin.dt);
}

}  // namespace tessera::loop
