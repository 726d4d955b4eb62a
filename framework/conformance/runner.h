// Interface for running trials.
#pragma once

#include "conformance/trial.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tessera::conformance {

/// How a run ended.
struct Outcome {
  int code = 0;            ///< exit code; 0: the run succeeded
  std::string error;       ///< why it failed, without a leading "error: "; empty if it succeeded
  std::string digest;      ///< digest of the final state
  std::int64_t steps = 0;  ///< number of the last step
  std::string directory;   ///< run directory
  std::map<std::string, std::string> diagnostics;  ///< last values, by name
  bool is_crash = false;  ///< a signal or the time limit ended the run, or it reported no error
};

class Runner {
 public:
  virtual ~Runner() = default;

  /// Runs a trial to its end.
  virtual Outcome run(const Trial& trial) = 0;

  /// Describes the first difference between the final fields or diagnostics of two runs, such as "field `u`:
  /// 3 of 80 values differ, ..., first at cell (1, 2)"; empty if they are equal. Throws base::Error if the
  /// results cannot be read.
  virtual std::string difference(const Outcome& first, const Outcome& second) = 0;

  /// Path of the newest checkpoint of a run; empty if there is none.
  virtual std::string checkpoint_of(const Outcome& outcome) = 0;

  /// The shell commands that repeat trials in this order, each in a run directory that has the name of the
  /// trial, and, if there are several trials, compare the results of the first and the last. They can be
  /// executed in any folder; if the job is a sample job, it must contain the job as job.toml.
  virtual std::vector<std::string> commands_for(const std::vector<Trial>& trials) const = 0;

  /// Removes the files of a run.
  virtual void discard(const Outcome& outcome) = 0;
};

}  // namespace tessera::conformance
