// Which time steps a run takes.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace tessera::loop {

/// When a step begins, and its length: seconds.
struct StepTime {
  double time = 0.0;
  double dt = 0.0;
};

/// A step to take, and the simulated time at which it ends: not always the sum of the other two.
struct Step {
  StepTime begin;
  double end = 0.0;
};

/// The step and the time that a run has reached, and the length of the steps that follow: fixed, or a share
/// of the stable step. Pure; the same on all ranks.
class TimeSteps {
 public:
  /// Between two steps.
  struct State {
    std::int64_t step = 0;
    double time = 0.0;                ///< seconds
    std::optional<double> stable_dt;  ///< the last answer to needs_stable_dt()
    std::int64_t stable_dt_step = 0;  ///< the step at which it was given
    double held_dt = 0.0;             ///< longest step taken since
    double smallest_dt = std::numeric_limits<double>::infinity();
    double largest_dt = 0.0;

    friend bool operator==(const State&, const State&) = default;
  };

  /// `job` must outlive it. `stable_dt_varies`: whether the stable step depends on the fields.
  TimeSteps(const grid::TimeSpec& job, bool stable_dt_varies) : job_{&job}, varies_{stable_dt_varies} {}

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  /// Whether the run ends before a step that would begin then.
  bool finished(std::int64_t step, double time) const { return time >= job_->end || step >= job_->max_steps; }
  bool finished() const { return finished(state_.step, state_.time); }
  /// Steps that can be taken before the stable step must be computed again or the run ends.
  std::int64_t steps_left() const;

  /// Whether next() needs the stable step of the present state.
  bool needs_stable_dt() const;
  /// The largest stable step over all ranks, seconds. Throws base::Error (internal) if it is not positive, or
  /// if it is shorter than a step that has been taken since the last one.
  void set_stable_dt(double stable);

  /// The step after `step` steps and `time` seconds, which ends no later than `landing` (only a fixed step
  /// ignores it). Throws base::Error (internal) if there is no such step.
  Step next(std::int64_t step, double time, double landing) const;
  /// Notes that the next step has been taken.
  void take(const Step& step);

 private:
  Step next_fixed(std::int64_t step, double time) const;

  const grid::TimeSpec* job_;
  bool varies_;
  State state_;
};

}  // namespace tessera::loop
