// The batch job of a run: batch.json in its directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

struct BatchRecord {
  std::string job_id;   ///< 1234, or 1234_7 for a task of a job array
  std::string cluster;  ///< empty if there is only one cluster
  std::string script;   ///< absolute path
  int nodes = 1;
  int tasks_per_node = 1;
  std::int64_t limit = 0;  ///< time limit in seconds
  std::string partition;   ///< empty: the cluster's default
  std::string submitted;   ///< 2026-01-31T12:00:00+0100

  static std::string path_in(const std::string& run_directory) { return run_directory + "/batch.json"; }
  /// Returns nullopt unless there is a JSON object of at most 1 MiB with a valid job id. Safe on any file.
  static std::optional<BatchRecord> read(const std::string& run_directory);
  /// Replaces the file atomically, or throws base::Error (cannot_create, io_error) and leaves the older one.
  void write(const std::string& run_directory) const;
  /// The content of the file.
  std::string json() const;
};

/// Whether `text` has the form of the id of a job, or of a task of a job array.
bool is_job_id(const std::string& text);

}  // namespace tessera::rundir
