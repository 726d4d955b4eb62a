// The progress of an active run: progress.json in the run directory.
#pragma once

#include "host/progress_board.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

/// The progress of a run. Rank 0 writes it about once per second, for `tessera status` and for a supervisor
/// on another node.
struct ProgressRecord {
  std::int64_t attempt = 0;
  std::int64_t ranks = 0;
  host::BoardPhase phase = host::BoardPhase::compute;
  std::int64_t from_step = 0;  ///< step at which this attempt started
  std::int64_t step = 0;
  std::optional<std::int64_t> steps_expected;
  std::optional<double> time;             ///< simulated time in seconds
  std::optional<double> end_time;         ///< simulated time at the end of the run, in seconds
  std::optional<double> fraction_done;    ///< fraction of the run that is done, 0 to 1
  std::string unit;                       ///< unit of work in `rate_per_second`, such as "cell"
  std::optional<double> rate_per_second;  ///< units of work per second of wall-clock time
  std::optional<double> eta_seconds;      ///< estimated time remaining, in wall-clock seconds
  std::string write_time;                 ///< UTC, such as 2026-01-31T12:00:00Z; set by write()

  static std::string path_in(const std::string& run_directory) { return run_directory + "/progress.json"; }
  /// Reads the file. Returns nullopt if it does not exist, exceeds 64 KiB, has been changed, or contains no
  /// valid step. Members whose key is missing or has an invalid value keep the defaults above. Safe on
  /// arbitrary files.
  static std::optional<ProgressRecord> read(const std::string& run_directory);
  /// Replaces the file atomically. Stores the current time as the write time. Returns whether the write
  /// succeeded.
  bool write(const std::string& run_directory) const;

  /// Time since the record was written, in seconds; infinity if unknown.
  double age_seconds() const;
};

}  // namespace tessera::rundir
