// When a recurring output or check is due.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>

namespace tessera::loop {

/// Tracks the cadence of one output or check through a run. Cadences in steps or simulated time give the same
/// result on all ranks; those in wall-clock time are evaluated on rank 0, and the caller must send the result
/// to the other ranks.
class Schedule {
 public:
  explicit Schedule(job::Cadence cadence) : cadence_{cadence} {}

  /// Whether the output is due after step `step`, which ended at `time`. Must be called only once per step,
  /// because it advances the schedule.
  bool due(std::int64_t step, double time);

  /// The result that due(step, time) would return; does not advance the schedule.
  bool would_be_due(std::int64_t step, double time) const;

  /// Number of steps from `step` to the next one at which the output is due; the largest integer if the
  /// cadence is not in steps.
  std::int64_t steps_left(std::int64_t step) const;

  /// The next simulated time at which the output is due; +infinity if the cadence is not in simulated time.
  double next_time() const;

  /// Whether the cadence is in wall-clock time and the output has become due since the last call. `seconds`:
  /// time since the start of the loop. Must be called on rank 0 only.
  bool due_by_wall_clock(double seconds);

  /// Continues as if the run up to a step that ended at `time` had been tracked.
  void skip_to(double time);

  /// Whether the output is due at the start of the run, or at its end.
  bool at_start() const { return at_end() && cadence_.unit != job::Cadence::Unit::end; }
  bool at_end() const { return cadence_.unit != job::Cadence::Unit::never; }

 private:
  job::Cadence cadence_;
  std::int64_t next_multiple_ = 1;  // of the cadence; a running sum of times would drift
};

}  // namespace tessera::loop
