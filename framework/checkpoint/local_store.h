// The node-local checkpoints of a run on one node.
#pragma once

#include "checkpoint/manifest.h"
#include "host/progress_board.h"
#include "rundir/checkpoint_names.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// The storage of the node-local checkpoints of a run.
struct LocalStorage {
  std::string folder;             ///< folder on each node, such as /dev/shm
  std::string run;                ///< identifies the run: the same text on all nodes
  std::vector<int> nodes;         ///< the node of each rank; see transport::Communicator::node_leaders()
  std::uint32_t min_attempt = 0;  ///< checkpoints of earlier attempts are obsolete
};

/// The folder of a run on this node. It contains a folder STEP-ATTEMPT per checkpoint, with the parts
/// of this node's ranks, copies of another node's parts and, if the checkpoint is complete, the manifest.
/// Makes no MPI calls.
class LocalStore {
 public:
  /// For the arguments, see LocalStorage.
  LocalStore(const std::string& folder, const std::string& run);

  const std::string& path() const { return path_; }
  /// The path of the folder of a checkpoint.
  std::string path_of(std::int64_t step, std::uint32_t attempt) const;

  /// Creates the folder of a checkpoint, accessible only to this user, unless it exists. Returns its path.
  /// May be called by several processes at the same time. Throws base::Error (cannot_create), also if the
  /// run's folder belongs to another user.
  std::string create_folder(std::int64_t step, std::uint32_t attempt) const;
  /// Writes the manifest file atomically. `manifest` is its content. Throws base::Error (cannot_create,
  /// io_error).
  void commit(std::int64_t step, std::uint32_t attempt, const std::string& manifest) const;
  /// Removes a checkpoint.
  void drop(std::int64_t step, std::uint32_t attempt) const;
  /// Removes all other checkpoints.
  void keep_only(std::int64_t step, std::uint32_t attempt) const;
  /// Removes the folder of the run.
  void remove_all() const;

  /// Returns all checkpoints, with or without a manifest, newest first; an empty vector if the folder does
  /// not belong to this user.
  std::vector<rundir::CheckpointName> list() const;

 private:
  bool belongs_to_user() const;

  std::string path_;
};

/// Returns the parts in `folder` whose size and checksums match `manifest`. Publishes a heartbeat per
/// segment.
std::vector<std::uint32_t> undamaged_parts(const std::string& folder, const Manifest& manifest,
                                           const host::BoardSlot& board);

/// Returns the partner of each rank: the rank on the next node that keeps a copy of its part, so that no part
/// is lost if one node fails; -1 for all ranks if there is only one node. The partners of a node's ranks
/// are distributed over the ranks of the next node. `nodes[r]` is the node of rank `r`; nodes may be numbered
/// in any way.
std::vector<int> partners(const std::vector<int>& nodes);

/// Returns the ranks whose partner is `rank`, in ascending order. `partners`: see partners().
std::vector<int> ranks_with_partner(int rank, const std::vector<int>& partners);

/// Whether `rank` is the first rank of its node, which does the work that is done once per node.
bool is_node_leader(int rank, const std::vector<int>& nodes);

}  // namespace tessera::checkpoint
