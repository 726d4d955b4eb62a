// Requests to write a checkpoint or to stop, from signals and the wall clock.
#pragma once

#include "host/stop_signals.h"
#include "job/header.h"
#include "run/checkpoints.h"

#include <cstdint>
#include <optional>

namespace tessera::run {

/// Collects the requests to a run. Every rank handles signals. Rank 0 also checks by the wall clock whether a
/// checkpoint is due or the deadline is near.
class Requests {
 public:
  /// `is_root`: whether this is rank 0. `deadline`: time by which the run must end, on the clock of
  /// collect(). `checkpoints`: nullptr if no checkpoints are written; otherwise it must outlive this object.
  Requests(const job::CheckpointSpec& spec, bool is_root, std::optional<double> deadline,
           const Checkpoints* checkpoints);

  /// Returns the requests made since the last call, as bits of work::Request. `now`: wall-clock time since
  /// this attempt began, in seconds. Must be called once per safe point. Not collective.
  unsigned collect(double now);

 private:
  bool consume_due_checkpoint(double now);
  bool consume_due_local_checkpoint(double now);
  bool is_deadline_near(double now) const;

  job::CheckpointSpec spec_;
  bool is_root_;
  double deadline_;
  const checkpoint::Writer* writer_;
  const checkpoint::LocalWriter* local_;
  host::StopSignals signals_{host::StopSignals::Role::rank};
  double last_checkpoint_ = 0.0;
  double last_local_ = 0.0;  // time of the last checkpoint in the run directory or on the nodes
  std::optional<double> last_call_;
  double longest_interval_ = 0.0;  // longest time between two calls
  bool stopping_ = false;
};

/// Returns the first step after `step` at which a checkpoint is due; the largest integer if `spec` has no
/// interval in steps.
std::int64_t next_checkpoint_step(const job::CheckpointSpec& spec, std::int64_t step);

}  // namespace tessera::run
