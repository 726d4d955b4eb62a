// The run history that a supervisor records: supervision.json in the run directory.
#pragma once

#include "rundir/fault.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::rundir {

struct AttemptRecord {
  int number = 1;
  int ranks = 1;
  std::string start_time;  ///< local time, such as 2026-01-31T12:00:00+0100
  double seconds = 0.0;
  std::int64_t from_step = 0;
  std::int64_t last_step = 0;
  std::string outcome = "running";  ///< running, done, fault, stopped or failed
  std::optional<Fault> fault;
  /// Time from the detection of the fault to the first step of the next attempt.
  std::optional<double> recovery_seconds;
  std::vector<std::int64_t> pids;       ///< process ids of the ranks on the supervisor's node
  std::vector<std::string> hosts;       ///< hosts of the attempt; empty if there is no hostfile
  std::vector<std::string> lost_hosts;  ///< the `hosts` that did not respond after the attempt
};

struct Supervision {
  std::string status = "running";  ///< running, done, failed or stopped
  std::int64_t pid = 0;            ///< process id of the supervisor
  std::string host;                ///< host of the supervisor
  std::string start_time;          ///< time of the first launch
  int ranks = 1;
  std::vector<AttemptRecord> attempts;
  double lost_seconds = 0.0;    ///< time spent on repeated work or idle after faults
  double useful_seconds = 0.0;  ///< the rest of the time of all launches

  static std::string path_in(const std::string& run_directory) { return run_directory + "/supervision.json"; }
  /// Reads the file. Returns nullopt if it does not exist. Members whose key is missing or has an invalid
  /// value keep the defaults above. Throws base::Error (bad_data) if the file cannot be read, exceeds 256
  /// MiB, has been changed, or is not a JSON object.
  static std::optional<Supervision> read(const std::string& path);
  /// Replaces the file atomically and durably. Throws base::Error (cannot_create, io_error), see
  /// host::write_whole_file().
  void write(const std::string& path) const;

  /// The record as JSON, as it is stored in the file, but without the checksum.
  std::string json() const;
  /// Number of attempts that ended in a fault.
  int fault_count() const;
  /// The number of the next attempt, which is higher than that of any attempt so far.
  int next_attempt_number() const;
};

/// The current local time, such as 2026-01-31T12:00:00+0100.
std::string current_time_text();

}  // namespace tessera::rundir
