// The story of a supervised run: supervision.json.
#pragma once

#include "supervisor/fault.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::supervisor {

struct AttemptRecord {
  int number = 1;
  int ranks = 1;
  std::string started;  ///< 2026-01-31T12:00:00+0100
  double seconds = 0.0;
  std::int64_t from_step = 0;
  std::int64_t last_step = 0;
  std::string outcome = "running";  ///< or done, fault, stopped, failed
  std::optional<Fault> fault;
  std::optional<double> recovery_seconds;  ///< from when the fault was noticed to the first step after it
  std::vector<std::int64_t> pids;          ///< of its ranks on the supervisor's node
  std::vector<std::string> hosts;          ///< that it was given; none: no hostfile
  std::vector<std::string> lost_hosts;     ///< that did not answer after it
};

struct Supervision {
  std::string status = "running";  ///< or done, failed, stopped
  std::int64_t pid = 0;            ///< of the supervisor
  std::string host;
  std::string started;  ///< of the first launch
  int ranks = 1;
  std::vector<AttemptRecord> attempts;
  double lost_seconds = 0.0;    ///< work done again, and time without work after faults
  double useful_seconds = 0.0;  ///< the rest of the time of all launches

  static std::string path_in(const std::string& run_directory) { return run_directory + "/supervision.json"; }
  /// Nothing where there is no such file. What is missing in it or of another type is as above. Throws
  /// base::Error: bad_data when it is no JSON object, no_input when it cannot be read.
  static std::optional<Supervision> read(const std::string& path);
  /// In one rename, so that it never shows in part; `durable`: and put on the disk before. Throws base::Error
  /// (io_error) and leaves an older file as it was then.
  void write(const std::string& path, bool durable = true) const;

  /// The content of the file.
  std::string json() const;
  int faults() const;
  /// The number that no attempt has had.
  int next_number() const;
};

/// The time now, as it stands in the file.
std::string time_text();

}  // namespace tessera::supervisor
