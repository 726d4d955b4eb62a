// The time steps of a run.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace tessera::loop {

/// The start time and length of a step, in simulated seconds.
struct StepTime {
  double time = 0.0;
  double dt = 0.0;
};

/// A step, and the simulated time at which it ends: start plus length, up to rounding.
struct Step {
  StepTime begin;
  double end = 0.0;
};

/// Tracks the step and time that a run has reached, and chooses the length of the following steps: fixed, or
/// a fraction of the stable time step. Does not communicate; the state must be the same on all ranks.
class TimeSteps {
 public:
  /// The state between two steps.
  struct State {
    std::int64_t step = 0;
    double time = 0.0;                                        ///< seconds
    std::optional<double> stable_dt;                          ///< last value passed to set_stable_dt()
    std::int64_t stable_dt_step = 0;                          ///< step at which stable_dt was set
    double max_dt_since_update = 0.0;                         ///< longest step taken since stable_dt was set
    double min_dt = std::numeric_limits<double>::infinity();  ///< shortest step of the run
    double max_dt = 0.0;                                      ///< longest step of the run
    /// The last step and time at which a step of fixed length was shortened: at the end of the run, before it
    /// was extended. Fixed steps are counted from there.
    std::int64_t anchor_step = 0;
    double anchor_time = 0.0;

    friend bool operator==(const State&, const State&) = default;
  };

  /// `stable_dt_varies`: whether the stable time step depends on the fields. `spec` must outlive the object.
  TimeSteps(const grid::TimeSpec& spec, bool stable_dt_varies)
      : spec_{&spec}, stable_dt_varies_{stable_dt_varies} {}

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

  /// Whether the run ends at step `step` and simulated time `time`.
  bool finished(std::int64_t step, double time) const {
    return time >= spec_->end || step >= spec_->max_steps;
  }
  /// Whether the run ends at the current step.
  bool finished() const { return finished(state_.step, state_.time); }
  /// Number of steps until the stable time step must be computed again or the run reaches its maximum number
  /// of steps.
  std::int64_t steps_left() const;

  /// Whether next() needs the stable time step of the current state.
  bool needs_stable_dt() const;
  /// Sets the stable time step of the current state: the minimum over all ranks, in seconds. Throws
  /// base::Error (internal) if `stable_dt` is not positive, or if `cfl_every` is above 1 and a step longer
  /// than `stable_dt` has been taken since the last call.
  void set_stable_dt(double stable_dt);

  /// Returns the step that starts after `step` steps at simulated time `time`. It ends no later than
  /// `target_time`, unless the step length is fixed. Throws base::Error: bad_job if nothing limits the
  /// step length, internal if the step is too short to change the time.
  Step next(std::int64_t step, double time, double target_time) const;
  /// Records that `step` has been taken.
  void record(const Step& step);

 private:
  Step next_fixed(std::int64_t step, double time) const;

  const grid::TimeSpec* spec_;
  bool stable_dt_varies_;
  State state_;
};

}  // namespace tessera::loop
