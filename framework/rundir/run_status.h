// The state of a run, derived from the files in its directory.
#pragma once

#include "rundir/batch_record.h"
#include "rundir/checkpoint_names.h"
#include "rundir/progress_record.h"
#include "rundir/run_record.h"
#include "rundir/supervision.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::rundir {

/// The content of the files in a run directory, and the state of the run derived from it. The files are
/// read one after another; if the run is active, their contents may therefore date from slightly different
/// moments.
struct RunStatus {
  std::string path;  ///< path of the run directory; absolute, if it can be resolved
  std::string name;  ///< last component of the path
  bool active = false;
  std::optional<RunRecord> record;
  std::optional<Supervision> supervision;  ///< only if the run is supervised
  std::optional<ProgressRecord> progress;
  std::optional<BatchRecord> batch;         ///< only if the run was submitted
  std::vector<CheckpointName> checkpoints;  ///< newest first
  double checkpoint_age = 0.0;        ///< seconds since the newest checkpoint was last modified; 0 if unknown
  std::vector<std::string> problems;  ///< one line per file that cannot be used, with the reason

  /// "running" if a process of the run is active. Otherwise "done", "stopped" or "failed", as recorded at the
  /// end of the run, or "interrupted" if no end was recorded.
  std::string state() const;
  /// The number of the latest attempt; 0 if unknown.
  std::int64_t attempt() const;
  /// The highest known step. If the run is active, only the current attempt counts.
  std::int64_t step() const;
  /// The progress of an active run; nullptr otherwise, because the progress of an ended attempt is obsolete.
  const ProgressRecord* live_progress() const { return active && progress ? &*progress : nullptr; }
  /// Fraction of the run that is done, 0 to 1; nullopt if unknown.
  std::optional<double> fraction_done() const;
};

/// Whether a process holds the lock of the run or of its supervisor, as far as the file system supports
/// locks.
bool is_active(const std::string& run_directory);

/// Reads the state of the run in `run_directory`. Changes nothing. Reports files that cannot be used in
/// `problems`.
RunStatus status_of(const std::string& run_directory);

}  // namespace tessera::rundir
