// The record of a run: record.json in its directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

/// All facts of a run that must agree with each other after a crash, in one file that is replaced atomically.
/// Only the process that holds the run's lock writes it, or `tessera launch` and `tessera submit` when they
/// create the run.
struct RunRecord {
  enum class Status {
    created,  ///< no attempt has begun
    running,  ///< an attempt has begun; it is over if no lock of the run is held
    done,
    stopped,  ///< ended on request; can be resumed
    failed
  };

  std::string id;  ///< 16 hexadecimal digits; a run that replaces another at the same path gets a new id
  /// Attempt that last resumed or began anew. Node-local checkpoints of earlier attempts are obsolete.
  std::uint32_t since = 0;
  std::string name;
  std::string job_path;        ///< as given
  std::string job_folder;      ///< base of the relative paths in the job, absolute
  std::string job_text;        ///< the job as run, TOML
  std::string solver;          ///< name of the plugin
  std::string solver_version;  ///< version of the plugin
  std::string identity;        ///< one line per fact that the results depend on, bit for bit
  Status status = Status::created;
  std::int64_t step = 0;      ///< step reached when the record was written
  std::uint32_t attempt = 0;  ///< attempt that wrote the record; 0 if none has begun

  static std::string path_in(const std::string& run_directory) { return run_directory + "/record.json"; }
  /// A record with a new random id and the status `created`.
  static RunRecord create();
  /// Returns nullopt if there is no record. Safe on arbitrary files: takes memory in proportion to the size
  /// of the file, which is limited to 64 MiB. Throws base::Error (bad_data) if the record is damaged, cannot
  /// be read, or has the format of another version of Tessera.
  static std::optional<RunRecord> read(const std::string& run_directory);
  /// Replaces the record atomically and durably. Then writes `job_text` to job.toml, a copy for people; a
  /// failure to write it is ignored. Throws base::Error (cannot_create, io_error); an older record is left as
  /// it was, unless only the sync of the directory failed.
  void write(const std::string& run_directory) const;

  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

/// Name of a status, such as "done".
const char* name_of(RunRecord::Status status);

}  // namespace tessera::rundir
