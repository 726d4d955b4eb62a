// The batch job of a run: batch.json in the run directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

struct BatchRecord {
  std::string job_id;   ///< such as 1234, or 1234_7 for a task of a job array
  std::string cluster;  ///< empty if there is only one cluster
  std::string script;   ///< absolute path of the batch script
  int nodes = 1;
  int tasks_per_node = 1;
  std::int64_t limit = 0;   ///< time limit in seconds
  std::string partition;    ///< empty for the default partition of the cluster
  std::string submit_time;  ///< local time, such as 2026-01-31T12:00:00+0100

  static std::string path_in(const std::string& run_directory) { return run_directory + "/batch.json"; }
  /// Reads the file. Returns nullopt if it does not exist, exceeds 1 MiB, has been changed, or is not a
  /// JSON object with a valid job id. Safe on arbitrary files.
  static std::optional<BatchRecord> read(const std::string& run_directory);
  /// Replaces the file atomically. On a failure, throws base::Error (cannot_create, io_error) and leaves an
  /// existing file unchanged.
  void write(const std::string& run_directory) const;
  /// The record as JSON, as it is stored in the file, but without the checksum.
  std::string json() const;
};

/// Whether `text` has the form of a job id, or of the id of a task of a job array.
bool is_job_id(const std::string& text);

}  // namespace tessera::rundir
