// The run history that a supervisor keeps: supervision.json.
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
  std::string started;  ///< 2026-01-31T12:00:00+0100
  double seconds = 0.0;
  std::int64_t from_step = 0;
  std::int64_t last_step = 0;
  std::string outcome = "running";  ///< or done, fault, stopped, failed
  std::optional<Fault> fault;
  std::optional<double>
      recovery_seconds;                 ///< from the detection of the fault to the next attempt's first step
  std::vector<std::int64_t> pids;       ///< processes of the ranks on the supervisor's node
  std::vector<std::string> hosts;       ///< hosts it ran on; empty without a hostfile
  std::vector<std::string> lost_hosts;  ///< the hosts among them that did not respond afterwards
};

struct Supervision {
  std::string status = "running";  ///< or done, failed, stopped
  std::int64_t pid = 0;            ///< process of the supervisor
  std::string host;                ///< host of the supervisor
  std::string started;             ///< time of the first launch
  int ranks = 1;
  std::vector<AttemptRecord> attempts;
  double lost_seconds = 0.0;    ///< time spent on repeated work, or idle after faults
  double useful_seconds = 0.0;  ///< the rest of the time of all launches

  static std::string path_in(const std::string& run_directory) { return run_directory + "/supervision.json"; }
  /// Returns nullopt if there is no such file. Keys that are missing or have another type keep the
  /// defaults above.
  /// Throws base::Error (bad_data) if the file cannot be read, exceeds 256 MiB or is not a JSON object.
  static std::optional<Supervision> read(const std::string& path);
  /// Replaces the file atomically; with `durable`, its content survives a failure of the host. Throws
  /// base::Error (cannot_create, io_error) and leaves an older file as it was.
  void write(const std::string& path, bool durable = true) const;

  /// The content of the file.
  std::string json() const;
  /// Number of attempts that ended in a fault.
  int faults() const;
  /// A number higher than that of any attempt so far.
  int next_number() const;
};

/// The current local time, in the format of the file.
std::string time_text();

}  // namespace tessera::rundir
