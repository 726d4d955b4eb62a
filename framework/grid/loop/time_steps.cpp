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
  const std::int64_t left = job_->max_steps - state_.step;
  if (!varies_ || job_->dt) return left;
  return std::min(left, job_->cfl_every - state_.step % job_->cfl_every);
}

bool TimeSteps::needs_stable_dt() const {
  if (job_->dt) return false;
  return !state_.stable_dt || (varies_ && state_.step - state_.stable_dt_step >= job_->cfl_every);
}

void TimeSteps::set_stable_dt(double stable) {
  if (!(stable > 0.0)) {
    throw time_step_error(fmt::format("the solver's stable time step is {} at step {}, t = {:.6g} s", stable,
                                      state_.step, state_.time),
                          "the solution may have diverged; lower `cfl`, or set `dt` in [time]");
  }
  if (state_.stable_dt && job_->cfl_every > 1 && stable < state_.held_dt) {
    throw time_step_error(
        fmt::format("a time step of {:.6g} s was kept for {} steps and now exceeds the stable time step of "
                    "{:.6g} s, at step {}, t = {:.6g} s",
                    state_.held_dt, job_->cfl_every, stable, state_.step, state_.time),
        "lower `cfl` or `cfl_every` in [time]");
  }
  state_.stable_dt = stable;
  state_.stable_dt_step = state_.step;
  state_.held_dt = 0.0;
}

Step TimeSteps::next_fixed(std::int64_t step, double time) const {
  const double dt = *job_->dt;
  const double left = job_->end - time;
  // If the last step differs from dt only by rounding, it ends the run: no sliver is left.
  if (left <= dt * (1.0 + 1e-9)) return {{time, left}, job_->end};
  return {{time, dt}, static_cast<double>(step + 1) * dt};  // a product does not drift
}

Step TimeSteps::next(std::int64_t step, double time, double landing) const {
  if (job_->dt) return next_fixed(step, time);
  const double dt = state_.stable_dt.value_or(infinity) * job_->cfl;
  if (dt == infinity && job_->end == infinity) {
    throw time_step_error("nothing limits the time step", "set `dt` or `end` in [time]");
  }
  const double target = std::min(job_->end, landing);
  const double left = target - time;
  if (dt >= left) return {{time, left}, target};
  const double even = 2.0 * dt > left ? 0.5 * left : dt;  // two equal steps rather than a sliver
  if (time + even == time) {
    throw time_step_error(
        fmt::format("the time step has become too small to advance: {:.3g} s at t = {:.6g} s", even, time),
        "the solution may have diverged; look at the last output");
  }
  return {{time, even}, time + even};
}

void TimeSteps::take(const Step& step) {
  ++state_.step;
  state_.time = step.end;
  state_.held_dt = std::max(state_.held_dt, step.begin.dt);
  state_.min_dt = std::min(state_.min_dt, step.begin.dt);
  state_.max_dt = std::max(state_.max_dt, step.begin.dt);
}

}  // namespace tessera::loop
