// Decides when a run writes a checkpoint or stops because of a signal or the wall clock.
#pragma once

#include "host/stop_signals.h"
#include "job/header.h"
#include "run/checkpoints.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Watches for signals on every rank, and on rank 0 also the wall clock, for checkpoints and a deadline.
class Requests {
 public:
  /// `root`: whether this is rank 0. `deadline`: when the run must have ended, on the clock of take().
  /// `checkpoints`: nullptr, or must outlive it.
  Requests(const job::CheckpointSpec& spec, bool root, std::optional<double> deadline,
           const Checkpoints* checkpoints);

  /// Returns the bits of work::Request that have come up since the last call. `now`: seconds of wall-clock
  /// time since the run began. Must be called once per safe point. Not collective.
  unsigned take(double now);

 private:
  bool checkpoint_due(double now);
  bool local_due(double now);
  bool deadline_near(double now) const;

  job::CheckpointSpec spec_;
  bool root_;
  double deadline_;
  const checkpoint::Writer* writer_;
  const checkpoint::LocalWriter* local_;
  host::StopSignals signals_{host::StopSignals::Of::rank};
  double last_checkpoint_ = 0.0;
  double last_local_ = 0.0;  // time of the last checkpoint of either level
  std::optional<double> last_call_;
  double longest_interval_ = 0.0;  // longest time between two calls
  bool stopping_ = false;
};

/// The next step after `step` at which a checkpoint is due; the largest integer if `spec` counts no steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
