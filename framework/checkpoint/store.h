// The checkpoints of a run directory.
#pragma once

#include "checkpoint/manifest.h"
#include "rundir/checkpoint_names.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// A published checkpoint: its folder has its final name.
using PublishedCheckpoint = rundir::CheckpointName;

/// A checkpoint that should have been removed, and why it could not be.
struct Unremoved {
  std::string name;  ///< its name in the folder of checkpoints; temporary if it is incomplete now
  std::string reason;
};

/// The folder `checkpoints` of a run directory. A folder in it is named STEP-ATTEMPT once the checkpoint is
/// complete, .tmp-STEP-ATTEMPT before that, and .bad-STEP-ATTEMPT if the checkpoint has been set aside. Makes
/// no MPI calls. Only one process at a time may change the folder. Nothing is written or removed through a
/// symbolic link: if `checkpoints` is one, functions that change it throw base::Error (cannot_create).
class Store {
 public:
  explicit Store(const std::string& run_directory)
      : run_directory_{run_directory}, path_{run_directory + "/checkpoints"} {}

  const std::string& path() const { return path_; }
  /// The published checkpoints, newest first; within a step, latest attempt first. Empty if the folder does
  /// not exist. Throws base::Error (io_error) if it cannot be listed.
  std::vector<PublishedCheckpoint> list() const { return rundir::list_checkpoints_or_throw(run_directory_); }
  /// The path of the temporary folder of a checkpoint.
  std::string temporary_path(std::int64_t step, std::uint32_t attempt) const;

  /// Creates an empty temporary folder for a checkpoint, and the folder of the store if it does not exist.
  /// Returns the path of the temporary folder. Throws base::Error (cannot_create).
  std::string create_temporary_folder(std::int64_t step, std::uint32_t attempt) const;
  /// Renames the temporary folder to its final name. The rename is durable on return. Throws base::Error
  /// (io_error).
  void publish(std::int64_t step, std::uint32_t attempt) const;
  /// Removes the temporary folder of a checkpoint.
  void drop(std::int64_t step, std::uint32_t attempt) const;

  /// Removes unfinished checkpoints and old published ones. Keeps the newest `keep` checkpoints (`keep` must
  /// be at least 1). Also keeps the two newest verified checkpoints (one if `keep` is 1) and all that are
  /// newer than these. Keeps all published checkpoints if fewer are verified. Keeps unfinished checkpoints of
  /// other users. Returns the checkpoints that could not be removed; those that this user may not change keep
  /// their names.
  std::vector<Unremoved> prune(int keep,
                               const std::function<bool(const PublishedCheckpoint&)>& is_verified) const;

 private:
  void refuse_link() const;
  std::optional<Unremoved> remove(const std::string& name) const;
  std::optional<Unremoved> remove_published(const std::string& name) const;

  std::string run_directory_;
  std::string path_;
};

/// Reads the manifest in the checkpoint folder `path`. Throws base::Error (bad_data).
Manifest read_manifest(const std::string& path);

/// Throws base::Error (bad_data) unless all part files in `path` have the sizes given in the manifest.
void check_part_sizes(const std::string& path, const Manifest& manifest);

/// Throws base::Error (bad_data) unless `stored`, a block as stored in the file `part`, has the checksum in
/// `record`.
void check_hash(const std::string& part, const IndexRecord& record, std::span<const std::byte> stored);

/// Reads the whole checkpoint in the folder `path`, one block at a time, and verifies all sizes and
/// checksums. Returns its manifest. Throws base::Error (bad_data) with a message that describes the damage.
Manifest verify(const std::string& path);

/// Verifies the size of a part file and all its segments, as verify() does. Throws base::Error (bad_data).
void verify_part(const std::string& path, const Manifest& manifest, std::uint32_t part);

/// Returns the names of the files in the checkpoint folder `path` that are not part of the checkpoint.
std::vector<std::string> unexpected_files(const std::string& path, const Manifest& manifest);

/// Verifies all bytes of one segment, as verify() does. Throws base::Error (bad_data).
void verify_segment(const std::string& path, const Manifest& manifest, const Segment& segment);

/// Reads the index of a segment of the checkpoint in the folder `path`. Throws base::Error (bad_data).
std::vector<IndexRecord> read_index(const std::string& path, const Manifest& manifest,
                                    const Segment& segment);

}  // namespace tessera::checkpoint
