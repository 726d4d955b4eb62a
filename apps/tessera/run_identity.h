// What tells a run from others.
#pragma once

#include <cstdint>
#include <string>

namespace tessera::app {

/// Kept in the file run.id of the run directory.
struct RunIdentity {
  std::string text;  ///< of this directory: one that is made anew at its path has another
  /// The attempt that has last gone on from a checkpoint, or begun anew. The results after that are its own:
  /// what attempts before it have left on the nodes is of a past that is gone.
  std::uint32_t since = 0;

  /// Made where the directory has none. Throws base::Error (io_error, cannot_create).
  static RunIdentity of(const std::string& directory);
  /// Throws base::Error (io_error, cannot_create).
  void write(const std::string& directory) const;
};

}  // namespace tessera::app
