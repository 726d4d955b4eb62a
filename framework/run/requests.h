// Decides when signals or the wall clock make a run write a checkpoint or stop.
#pragma once

#include "host/stop_signals.h"
#include "job/header.h"
#include "run/checkpoints.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Every rank watches for signals. Rank 0 also watches the wall clock, for due checkpoints and the deadline.
class Requests {
 public:
  /// `is_root`: whether this is rank 0. `deadline`: time by which the run must have ended, on the clock of
  /// take(). `checkpoints` may be nullptr; otherwise it must outlive this object.
  Requests(const job::CheckpointSpec& spec, bool is_root, std::optional<double> deadline,
           const Checkpoints* checkpoints);

  /// Returns the requests that have arisen since the last call, as bits of work::Request. `now`: seconds of
  /// wall-clock time since this attempt began. Must be called once per safe point. Not collective.
  unsigned take(double now);

 private:
  bool checkpoint_due(double now);
  bool local_due(double now);
  bool deadline_near(double now) const;

  job::CheckpointSpec spec_;
  bool is_root_;
  double deadline_;
  const checkpoint::Writer* writer_;
  const checkpoint::LocalWriter* local_;
  host::StopSignals signals_{host::StopSignals::Role::rank};
  double last_checkpoint_ = 0.0;
  double last_local_ = 0.0;  // time of the last checkpoint of either level
  std::optional<double> last_call_;
  double longest_interval_ = 0.0;  // longest time between two calls
  bool stopping_ = false;
};

/// Returns the next step after `step` at which a checkpoint is due; the largest integer if `spec` has no
/// interval in steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
