// Keeps the record of the current attempt.
#pragma once

#include "rundir/supervision.h"
#include "supervisor/attempt.h"

#include <string>

namespace tessera::supervisor {

/// Keeps the record of one attempt up to date. Lists the checkpoints of the run once a second.
class AttemptRecorder {
 public:
  /// `newest`: name of the checkpoint that the attempt starts from; empty if there is none.
  AttemptRecorder(std::string directory, std::string newest)
      : directory_{std::move(directory)}, newest_{std::move(newest)} {}

  /// What has changed since the last update.
  struct Changes {
    bool first_step = false;
    bool beginning = false;   ///< the attempt began at a different step than recorded
    bool checkpoint = false;  ///< there is a new checkpoint
  };
  /// Updates `record`. `now`: seconds on the supervisor's clock.
  Changes update(const Attempt& attempt, rundir::AttemptRecord& record, double now);

  /// Corrects the step at which the attempt began: it may have resumed from a node-local checkpoint that was
  /// newer than those in the run directory. Returns whether the step was changed.
  bool correct_beginning(rundir::AttemptRecord& record);

  /// Whether the attempt has taken a step.
  bool stepped() const { return stepped_; }

 private:
  std::string directory_;
  std::string newest_;
  double listed_at_ = 0.0;
  bool stepped_ = false;
  bool beginning_known_ = false;
};

/// Closes the record of an attempt that an earlier supervisor left open, using the state of the run
/// directory. `host`: host of the supervisor, for the message. Returns the seconds of work after the newest
/// checkpoint, which will be repeated; 0 if unknown.
double close_abandoned(rundir::AttemptRecord& record, const std::string& directory, const std::string& host);

}  // namespace tessera::supervisor
