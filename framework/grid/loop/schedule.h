// When something that recurs is due.
#pragma once

#include "grid/job/job_spec.h"

#include <cstdint>

namespace tessera::loop {

/// Follows one cadence through a run. Decisions by steps and simulated time are the same on all ranks;
/// those by wall-clock time are rank 0's, which the others are told.
class Schedule {
 public:
  explicit Schedule(job::Cadence cadence) : cadence_{cadence} {}

  /// Whether it is due after a step that ended at `time`. Call once a step.
  bool due(std::int64_t step, double time);

  /// Whether due(step, time) would say so, without noting it.
  bool would_be_due(std::int64_t step, double time) const;

  /// Steps from `step` to the next one at which it is due; a very large number when it goes by a clock.
  std::int64_t steps_left(std::int64_t step) const;

  /// The next simulated time at which it is due; +infinity when it goes by another clock.
  double next_time() const;

  /// Whether it goes by the wall clock and `seconds` since the start make it due; rank 0 asks this and
  /// all ranks then treat it as due.
  bool wall_due(double seconds);

  /// Goes on as if it had followed the run up to a step that ended at `time`.
  void skip_to(double time);

  bool at_start() const { return at_end() && cadence_.unit != job::Cadence::Unit::end; }
  bool at_end() const { return cadence_.unit != job::Cadence::Unit::never; }

 private:
  job::Cadence cadence_;
  std::int64_t count_ = 1;  // of the next occasion; its time is a product, which does not drift
};

}  // namespace tessera::loop
