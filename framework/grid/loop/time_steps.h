// The time steps that a run takes.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace tessera::loop {

/// Start and length of a step, in simulated seconds.
struct StepTime {
  double time = 0.0;
  double dt = 0.0;
};

/// A step, and the simulated time at which it ends, which may differ from the sum of start and length.
struct Step {
  StepTime begin;
  double end = 0.0;
};

/// Tracks the step and time that a run has reached, and chooses the length of the following steps: fixed, or
/// a fraction of the stable time step. Pure; the same on all ranks.
class TimeSteps {
 public:
  /// The state between two steps.
  struct State {
    std::int64_t step = 0;
    double time = 0.0;                ///< seconds
    std::optional<double> stable_dt;  ///< last value given to set_stable_dt()
    std::int64_t stable_dt_step = 0;  ///< step at which it was given
    double held_dt = 0.0;             ///< longest step taken since
    double min_dt = std::numeric_limits<double>::infinity();
    double max_dt = 0.0;

    friend bool operator==(const State&, const State&) = default;
  };

  /// `job` must outlive it. `stable_dt_varies`: whether the stable step depends on the fields.
  TimeSteps(const grid::TimeSpec& job, bool stable_dt_varies) : job_{&job}, varies_{stable_dt_varies} {}

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  /// Whether the run ends at the given step and time.
  bool finished(std::int64_t step, double time) const { return time >= job_->end || step >= job_->max_steps; }
  bool finished() const { return finished(state_.step, state_.time); }
  /// Number of steps before the stable step must be computed again or the maximum number of steps is reached.
  std::int64_t steps_left() const;

  /// Whether next() needs the stable step of the current state.
  bool needs_stable_dt() const;
  /// Sets the stable step of the current state: the minimum over all ranks, in seconds. Throws base::Error
  /// (internal) if it is not positive, or if `cfl_every` is above 1 and a longer step has been taken since
  /// the last call.
  void set_stable_dt(double stable);

  /// Returns the step that follows step `step` at simulated time `time`. It ends no later than `landing`,
  /// unless the step length is fixed. Throws base::Error (internal) if there is no such step.
  Step next(std::int64_t step, double time, double landing) const;
  /// Records that `step` has been taken.
  void take(const Step& step);

 private:
  Step next_fixed(std::int64_t step, double time) const;

  const grid::TimeSpec* job_;
  bool varies_;
  State state_;
};

}  // namespace tessera::loop
