// The identity of a computation, stored in its checkpoints.
#pragma once

#include <string>

namespace tessera::checkpoint {

/// Identifies the computation that a checkpoint belongs to. It cannot be restored into any other.
struct Identity {
  std::string solver;  ///< name of the plugin
  std::string solver_version;
  std::string job;  ///< one line per fact that the results depend on, bit for bit

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// Returns why a checkpoint with identity `theirs` cannot be resumed by a job with identity `ours`, as a
/// sentence; empty if it can.
std::string mismatch(const Identity& theirs, const Identity& ours);

}  // namespace tessera::checkpoint
