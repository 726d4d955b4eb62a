// The checkpoints of a run that lie on one node.
#pragma once

#include "base/checkpoint_names.h"
#include "base/progress_board.h"
#include "checkpoint/manifest.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// A folder of this user and run below `folder`, such as /dev/shm. In it STEP-ATTEMPT folders that hold parts
/// of this node's ranks and copies of another node's, and a manifest where the checkpoint is complete. No
/// MPI.
class LocalStore {
 public:
  /// `run`: what tells it from other runs; the same text on all nodes.
  LocalStore(const std::string& folder, const std::string& run);

  const std::string& path() const { return path_; }
  std::string path_of(std::int64_t step, std::uint32_t attempt) const;

  /// Makes the folder of a checkpoint, for its owner alone. Several processes may. Throws base::Error
  /// (cannot_create), also where another user has such a folder.
  std::string begin(std::int64_t step, std::uint32_t attempt) const;
  /// Puts the manifest in. Throws base::Error.
  void commit(std::int64_t step, std::uint32_t attempt, const std::string& manifest) const;
  void drop(std::int64_t step, std::uint32_t attempt) const;
  /// Removes all but one.
  void keep_only(std::int64_t step, std::uint32_t attempt) const;
  void remove_all() const;

  /// The newest first, with manifest or without. None where the folder is not this user's.
  std::vector<base::CheckpointName> list() const;

 private:
  bool ours() const;

  std::string path_;
};

/// Numbers of the parts in `folder` that are whole: size and every checksum are those of `manifest`. Each one
/// is a sign of life on `board`.
std::vector<std::uint32_t> whole_parts(const std::string& folder, const Manifest& manifest,
                                       const base::BoardSlot& board);

}  // namespace tessera::checkpoint
