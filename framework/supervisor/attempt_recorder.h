// The record of the attempt under way.
#pragma once

#include "rundir/supervision.h"
#include "supervisor/attempt.h"

#include <string>

namespace tessera::supervisor {

/// Keeps the record of one attempt up to date. Lists the checkpoints of the run once a second.
class AttemptRecorder {
 public:
  /// `newest`: name of the checkpoint that the attempt begins with; empty if there is none.
  AttemptRecorder(std::string directory, std::string newest)
      : directory_{std::move(directory)}, newest_{std::move(newest)} {}

  /// What has changed since the last update.
  struct Changes {
    bool first_step = false;
    bool beginning = false;   ///< the attempt began with another step than was known
    bool checkpoint = false;  ///< there is a new one
  };
  /// `now`: seconds on the supervisor's clock.
  Changes update(const Attempt& attempt, rundir::AttemptRecord& record, double now);

  /// Corrects the step that the attempt began with: a node-local checkpoint may have been newer than those of
  /// the run directory. Returns whether the step has changed.
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

/// Closes the record of an attempt that an earlier supervisor left open, with what the run directory shows of
/// it. Returns the seconds of work after the newest checkpoint, which will be repeated; 0 if not known.
double close_abandoned(rundir::AttemptRecord& record, const std::string& directory, const std::string& host);

}  // namespace tessera::supervisor
