// When a recurring output or check is due.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>

namespace tessera::loop {

/// Tracks when one output or check is due. If the cadence is in steps or simulated time, the results are the
/// same on all ranks. A cadence in wall-clock time is evaluated on rank 0, and the caller must send the
/// result to the other ranks.
class Schedule {
 public:
  explicit Schedule(job::Cadence cadence) : cadence_{cadence}, next_{cadence.amount} {}

  /// Whether the output is due after step `step`, which ended at simulated time `time`. Must be called at
  /// most once per step, because it advances the schedule.
  bool due(std::int64_t step, double time);

  /// Returns the same as due(step, time), but does not advance the schedule.
  bool would_be_due(std::int64_t step, double time) const;

  /// Number of steps from `step` to the next step at which the output is due; the largest integer if the
  /// cadence is not in steps.
  std::int64_t steps_left(std::int64_t step) const;

  /// The next simulated time at which the output is due; +infinity if the cadence is not in simulated time.
  double next_time() const;

  /// Whether the cadence is in wall-clock time and the output has become due since the last call. `seconds`:
  /// time since the start of the loop. Must be called on rank 0 only.
  bool due_by_wall_clock(double seconds);

  /// Skips all outputs that are due by simulated time `time`.
  void skip_to(double time);

  /// Whether the output is due at the start of the run.
  bool due_at_start() const { return due_at_end() && cadence_.unit != job::Cadence::Unit::end; }
  /// Whether the output is due at the end of the run.
  bool due_at_end() const { return cadence_.unit != job::Cadence::Unit::never; }

 private:
  job::Cadence cadence_;
  double next_;  // simulated or wall-clock time at which the output is due next
};

}  // namespace tessera::loop
