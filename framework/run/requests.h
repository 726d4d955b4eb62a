// When a run makes a checkpoint or stops, for reasons that are not in its steps.
#pragma once

#include "base/stopwatch.h"
#include "host/stop_signals.h"
#include "job/header.h"
#include "run/checkpoints.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Follows the signals on every rank; on rank 0 the wall clock too: times of checkpoints, and a deadline.
class Requests {
 public:
  /// `deadline`: seconds from now by which the run must have ended. `checkpoints`: outlives it, or nullptr.
  Requests(const job::CheckpointSpec& spec, bool root, std::optional<double> deadline,
           const Checkpoints* checkpoints);

  /// The bits of work::Request that have come up since the last call. Call once per safe point. Local.
  unsigned take();

 private:
  bool checkpoint_due();
  bool local_due();
  bool deadline_near() const;

  job::CheckpointSpec spec_;
  bool root_;
  double deadline_;
  const checkpoint::Writer* writer_;
  const checkpoint::LocalWriter* local_;
  host::StopSignals signals_{host::StopSignals::Of::rank};
  base::Stopwatch watch_;
  double last_checkpoint_ = 0.0;
  double last_local_ = 0.0;  // of either level
  double last_call_ = 0.0;
  double longest_interval_ = 0.0;  // between two calls
  bool stopping_ = false;
};

/// The step after `step` at which a checkpoint is due; the largest number if they do not go by steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
