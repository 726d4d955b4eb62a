// The checkpoints of a run on one node.
#pragma once

#include "checkpoint/manifest.h"
#include "host/progress_board.h"
#include "rundir/checkpoint_names.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// A folder of this user and run below `folder`, such as /dev/shm. It contains a folder STEP-ATTEMPT per
/// checkpoint with the parts of this node's ranks and copies of another node's, and the manifest if the
/// checkpoint is complete. Uses no MPI.
class LocalStore {
 public:
  /// `run` identifies the run: the same text on all nodes.
  LocalStore(const std::string& folder, const std::string& run);

  const std::string& path() const { return path_; }
  std::string path_of(std::int64_t step, std::uint32_t attempt) const;

  /// Creates the folder of a checkpoint, accessible to this user only, and returns its path. Several
  /// processes may do so at the same time. Throws base::Error (cannot_create), also if the folder of the run
  /// belongs to another user.
  std::string begin(std::int64_t step, std::uint32_t attempt) const;
  /// Writes the manifest `manifest` (its bytes), atomically. Throws base::Error.
  void commit(std::int64_t step, std::uint32_t attempt, const std::string& manifest) const;
  void drop(std::int64_t step, std::uint32_t attempt) const;
  /// Removes every checkpoint but this one.
  void keep_only(std::int64_t step, std::uint32_t attempt) const;
  void remove_all() const;

  /// Newest first, with or without a manifest. Empty if the folder is not this user's.
  std::vector<rundir::CheckpointName> list() const;

 private:
  bool ours() const;

  std::string path_;
};

/// The numbers of the parts in `folder` that are undamaged: their size and every checksum are those of
/// `manifest`. Publishes a heartbeat on `board` per segment.
std::vector<std::uint32_t> undamaged_parts(const std::string& folder, const Manifest& manifest,
                                           const host::BoardSlot& board);

}  // namespace tessera::checkpoint
