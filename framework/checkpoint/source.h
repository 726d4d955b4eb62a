// A published checkpoint to restore from.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/contents.h"
#include "checkpoint/manifest.h"
#include "host/progress_board.h"
#include "transport/communicator.h"

#include <string>

namespace tessera::checkpoint {

/// Reads a checkpoint. Its files are not trusted: every block is verified before it is used.
class Source {
 public:
  /// Reads the manifest of the checkpoint folder `path` and checks the sizes of the part files, on rank 0.
  /// All references must outlive this object. Throws transport::AgreedError (bad_data). @note Collective.
  Source(const transport::Communicator& comm, std::string path, const base::FailPoints& faults,
         const host::BoardSlot& board);

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }
  /// Returns the bytes of the section of `owner`. Throws base::Error (bad_data) if there is none.
  const std::string& section(const std::string& owner) const;

  /// Passes every stored block of the chunks that this rank owns to `target` once, whichever rank wrote it.
  /// Publishes a heartbeat per block. Throws transport::AgreedError (bad_data) on all ranks if a block is
  /// damaged; `target` may have received some blocks by then. The caller must check that no block is missing.
  /// @note Collective.
  void read(const RestoreTarget& target) const;

 private:
  void read_segment(const Segment& segment, const RestoreTarget& target) const;

  const transport::Communicator* comm_;
  std::string path_;
  const base::FailPoints* faults_;
  const host::BoardSlot* board_;
  Manifest manifest_;
};

}  // namespace tessera::checkpoint
