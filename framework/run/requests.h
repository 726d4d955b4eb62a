// When a run makes a checkpoint or stops, for reasons that are not in its steps.
#pragma once

#include "base/stopwatch.h"
#include "job/header.h"
#include "run/checkpoints.h"
#include "run/signals.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Follows the signals on every rank; on rank 0 the wall clock too: a checkpoint every so many seconds, and a
/// deadline.
class Requests {
 public:
  /// `deadline`: seconds from now by which the run must have ended. `checkpoints`: what they cost; nullptr if
  /// there are none. It must outlive the requests.
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
  Signals signals_;
  base::Stopwatch watch_;
  double last_checkpoint_ = 0.0;
  double last_local_ = 0.0;  // of either level
  double last_call_ = 0.0;
  double longest_interval_ = 0.0;  // between two calls
  bool stopping_ = false;
};

/// The last step that a run at `step` may take before a checkpoint is due by the number of steps; the largest
/// number if its checkpoints do not go by steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
