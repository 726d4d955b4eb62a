// The state of a run, as the files of its directory show it.
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

/// The facts in a run directory, read once, and what follows from them. The files are read one after another
/// while the run may be active, so the facts can be a moment apart.
struct RunStatus {
  std::string path;  ///< absolute, if it can be resolved
  std::string name;  ///< last part of the path
  bool active = false;
  std::optional<RunRecord> record;
  std::optional<Supervision> supervision;  ///< only of a supervised run
  std::optional<ProgressRecord> progress;
  std::optional<BatchRecord> batch;         ///< only of a run that was submitted
  std::vector<CheckpointName> checkpoints;  ///< newest first
  double checkpoint_age = 0.0;              ///< seconds since the newest one was last modified
  std::vector<std::string> problems;        ///< why a file cannot be used, one line each

  /// "running" if a process of the run is active, else "done", "stopped" or "failed", else "interrupted":
  /// none is, and the last one recorded no end.
  std::string state() const;
  /// Number of the latest attempt; 0 if unknown.
  std::int64_t attempt() const;
  /// The highest known step; of the current attempt only, if the run is active.
  std::int64_t step() const;
  /// The progress of an active run; nullptr otherwise, since what an ended attempt wrote is obsolete.
  const ProgressRecord* live() const { return active && progress ? &*progress : nullptr; }
  /// 0 to 1; nullopt if unknown.
  std::optional<double> fraction_done() const;
};

/// Whether a process holds the lock of the run or of its supervisor, as far as the file system shows it.
bool is_active(const std::string& run_directory);

/// Gathers the facts in `run_directory`. Changes nothing. Files that cannot be used become `problems`.
RunStatus status_of(const std::string& run_directory);

}  // namespace tessera::rundir
