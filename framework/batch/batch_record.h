// What was submitted for a run: batch.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::batch {

struct BatchRecord {
  std::string job_id;   ///< 1234, or 1234_7 for a task of an array
  std::string cluster;  ///< empty: the only one
  std::string script;   ///< absolute path
  int nodes = 1;
  int tasks_per_node = 1;
  std::int64_t limit = 0;  ///< seconds
  std::string partition;   ///< empty: the cluster's default
  std::string submitted;   ///< 2026-01-31T12:00:00+0100

  static std::string path_in(const std::string& run_directory) { return run_directory + "/batch.json"; }
  /// Nothing where there is no such file, it is no JSON object, or it has no job id that could be one.
  static std::optional<BatchRecord> read(const std::string& run_directory);
  /// In one rename, so that it never shows in part. Throws base::Error (io_error) and leaves an older one as
  /// it was.
  void write(const std::string& run_directory) const;
  /// The content of the file.
  std::string json() const;
};

/// Whether `text` can be the id of a job, or of a task of an array.
bool is_job_id(const std::string& text);

}  // namespace tessera::batch
