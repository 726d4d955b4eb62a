// When a recurring output or check is due.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>

namespace tessera::loop {

/// Tracks one cadence through a run. Decisions by step and by simulated time are the same on all ranks;
/// decisions by wall-clock time are made by rank 0, which tells the others.
class Schedule {
 public:
  explicit Schedule(job::Cadence cadence) : cadence_{cadence} {}

  /// Whether it is due after a step that ended at `time`. To be called once per step.
  bool due(std::int64_t step, double time);

  /// What due(step, time) would return, without changing the state.
  bool would_be_due(std::int64_t step, double time) const;

  /// Number of steps from `step` to the next one at which it is due; huge if it does not count steps.
  std::int64_t steps_left(std::int64_t step) const;

  /// The next simulated time at which it is due; +infinity unless it follows simulated time.
  double next_time() const;

  /// Whether it follows the wall clock and has become due, `seconds` after the start, since the last call.
  /// Called on rank 0 only; all ranks then treat it as due.
  bool wall_due(double seconds);

  /// Continues as if it had tracked the run up to a step that ended at `time`.
  void skip_to(double time);

  /// Whether it is due at the start, or at the end, of the run.
  bool at_start() const { return at_end() && cadence_.unit != job::Cadence::Unit::end; }
  bool at_end() const { return cadence_.unit != job::Cadence::Unit::never; }

 private:
  job::Cadence cadence_;
  std::int64_t count_ = 1;  // next multiple of the cadence; a product does not drift
};

}  // namespace tessera::loop
