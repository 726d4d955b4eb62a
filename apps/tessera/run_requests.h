// When a run makes a checkpoint or stops, for reasons outside of its job's steps.
#pragma once

#include "base/stopwatch.h"
#include "checkpointing.h"
#include "driver/run_control.h"
#include "job/job_spec.h"
#include "signals.h"

#include <limits>
#include <optional>

namespace tessera::app {

/// Signals on every rank; on rank 0 the wall clock too: checkpoints every so many seconds, and a deadline.
class RunRequests : public driver::RunControl {
 public:
  /// `deadline`: seconds from now by which the run must have ended. `checkpointing`: what its checkpoints
  /// cost; may be nullptr, then there are none.
  RunRequests(const job::CheckpointSpec& spec, bool root, std::optional<double> deadline,
              const Checkpointing* checkpointing);

  unsigned requests() override;

 private:
  bool checkpoint_due();
  bool local_due();
  bool deadline_near();

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
  double longest_block_ = 0.0;
  bool stopping_ = false;
};

}  // namespace tessera::app
