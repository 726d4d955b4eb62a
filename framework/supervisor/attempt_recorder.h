// Updates the record of the current attempt.
#pragma once

#include "rundir/supervision.h"
#include "supervisor/attempt.h"

#include <string>

namespace tessera::supervisor {

/// Keeps the record of one attempt up to date. Lists the checkpoints of the run once per second.
class AttemptRecorder {
 public:
  /// `newest_checkpoint`: name of the newest checkpoint at the start of the attempt; empty if there is none.
  AttemptRecorder(std::string directory, std::string newest_checkpoint)
      : directory_{std::move(directory)}, newest_checkpoint_{std::move(newest_checkpoint)} {}

  /// Events since the previous update.
  struct Changes {
    bool first_step = false;           ///< the attempt has taken its first step
    bool from_step_corrected = false;  ///< see correct_from_step()
    bool new_checkpoint = false;       ///< a checkpoint has been published
  };
  /// Updates `record`. `now`: time on the supervisor's clock, in seconds.
  Changes update(const Attempt& attempt, rundir::AttemptRecord& record, double now);

  /// Corrects the recorded step at which the attempt started: the attempt may have resumed from a node-local
  /// checkpoint that is newer than those in the run directory. Returns whether the record has changed.
  bool correct_from_step(rundir::AttemptRecord& record);

  /// Whether the attempt has taken a step.
  bool has_stepped() const { return has_stepped_; }

 private:
  std::string directory_;
  std::string newest_checkpoint_;
  double listed_at_ = 0.0;
  bool has_stepped_ = false;
  bool from_step_known_ = false;
};

/// Completes the record of an attempt whose supervisor was killed, using the files in the run directory.
/// `host`: host of the supervisor, for the message. Returns the time that the attempt spent after the newest
/// checkpoint, in seconds, which is lost; 0 if unknown.
double close_abandoned_attempt(rundir::AttemptRecord& record, const std::string& directory,
                               const std::string& host);

}  // namespace tessera::supervisor
