// The progress of an active run: progress.json in its directory.
#pragma once

#include "host/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

/// The progress that rank 0 writes about once per second, for `tessera status` and for a supervisor on
/// another node.
struct ProgressRecord {
  std::int64_t attempt = 0;
  std::int64_t ranks = 0;
  host::BoardPhase phase = host::BoardPhase::compute;
  std::int64_t from_step = 0;  ///< first step of this attempt
  std::int64_t step = 0;
  std::optional<std::int64_t> steps_expected;
  std::optional<double> time;             ///< simulated seconds
  std::optional<double> end_time;         ///< simulated seconds
  std::optional<double> fraction_done;    ///< of the run, 0 to 1
  std::string unit;                       ///< of `rate_per_second`: "cell"
  std::optional<double> rate_per_second;  ///< units of work per second of wall-clock time
  std::optional<double> eta_seconds;      ///< estimated time remaining
  std::string written;                    ///< UTC, such as 2026-01-31T12:00:00Z; set by write()

  static std::string path_in(const std::string& run_directory) { return run_directory + "/progress.json"; }
  /// Returns nullopt if there is no such file or it holds no progress. Keys that are missing, have another
  /// type or are out of range keep the defaults above. Safe on arbitrary files: reads at most 64 KiB.
  static std::optional<ProgressRecord> read(const std::string& run_directory);
  /// Replaces the file atomically, with the current time as `written`. Returns whether that succeeded.
  bool write(const std::string& run_directory) const;

  /// Seconds since it was written; infinity if unknown.
  double age_seconds() const;
};

}  // namespace tessera::rundir
