// The record of a run: record.json in the run directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tessera::rundir {

/// All properties of a run that must be consistent after a crash, in one file that is replaced atomically.
/// The file is written only by the process that holds the run's lock, and by `tessera launch` and `tessera
/// submit` when they create the run.
struct RunRecord {
  enum class Status {
    created,  ///< no attempt has begun
    running,  ///< an attempt has begun; if no process holds a lock of the run, it was interrupted
    done,
    stopped,  ///< ended on request; can be resumed
    failed
  };

  std::string id;  ///< 16 hexadecimal digits; a run that replaces another at the same path gets a new id
  /// The latest attempt that resumed the run or started it from the beginning; 0 if none has. Node-local
  /// checkpoints of earlier attempts are obsolete.
  std::uint32_t since = 0;
  std::string name;
  std::string job_path;        ///< path of the job file, as given
  std::string job_folder;      ///< absolute path of the folder to which paths in the job are relative
  std::string job_text;        ///< the job as run, in TOML
  std::string solver;          ///< name of the plugin
  std::string solver_version;  ///< version of the plugin
  std::string data;        ///< a digest of the input data, see checkpoint::Identity; empty if not known yet
  std::string data_files;  ///< path, size and time of change of the input files
  std::string inventory;  ///< fingerprint of the file `inventory`, see run::Inventory; empty if there is none
  std::string identity;   ///< everything that the results depend on, bit for bit, as lines of text
  Status status = Status::created;
  std::int64_t step = 0;      ///< step reached when the record was written
  std::uint32_t attempt = 0;  ///< the attempt that wrote the record; 0 if none has begun

  static std::string path_in(const std::string& run_directory) { return run_directory + "/record.json"; }
  /// A record with a new random id and the status `created`.
  static RunRecord create();
  /// Reads the record. Returns nullopt if there is none. Safe on arbitrary files: uses memory in proportion
  /// to the size of the file, which is limited to 64 MiB. Throws base::Error: bad_data if the record is
  /// damaged, cannot be read, or has the format of another version of Tessera; io_error if reading failed for
  /// a reason that may be transient.
  static std::optional<RunRecord> read(const std::string& run_directory);
  /// Replaces the record atomically and durably. On a failure, throws base::Error (cannot_create, io_error)
  /// and leaves an older record unchanged, except that the new record is already in place if the final sync
  /// of the directory fails. Then writes a copy of `job_text` to job.toml, for people to read; ignores a
  /// failure of this write.
  void write(const std::string& run_directory) const;

  /// The record as JSON, exactly as write() stores it.
  std::string json() const;

  friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

/// The name of a status, such as "done".
const char* name_of(RunRecord::Status status);

}  // namespace tessera::rundir
