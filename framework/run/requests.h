// When a run makes a checkpoint or stops, for reasons that are not in its steps.
#pragma once

#include "host/stop_signals.h"
#include "job/header.h"
#include "run/checkpoints.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Follows the signals on every rank; on rank 0 the wall clock too: times of checkpoints, and a deadline.
class Requests {
 public:
  /// `deadline`: when the run must have ended, on the clock of take(). `checkpoints`: outlives it, or
  /// nullptr.
  Requests(const job::CheckpointSpec& spec, bool root, std::optional<double> deadline,
           const Checkpoints* checkpoints);

  /// The bits of work::Request that have come up since the last call. `now`: seconds of wall-clock time since
  /// the run began. Call once per safe point. Local.
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
  double last_local_ = 0.0;  // of either level
  std::optional<double> last_call_;
  double longest_interval_ = 0.0;  // between two calls
  bool stopping_ = false;
};

/// The step after `step` at which a checkpoint is due; the largest number if they do not go by steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
