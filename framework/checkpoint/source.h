// A published checkpoint to restore from.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/contents.h"
#include "checkpoint/manifest.h"
#include "host/progress_board.h"
#include "transport/communicator.h"

#include <string>

namespace tessera::checkpoint {

/// The files are not trusted: every block is verified before it is passed on.
class Source {
 public:
  /// Reads the manifest of the checkpoint folder `path` and checks the sizes of the part files, on rank 0.
  /// All references must outlive it. Throws transport::AgreedError (bad_data). @note Collective.
  Source(const transport::Communicator& comm, std::string path, const base::FailPoints& faults,
         const host::BoardSlot& board);

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }
  /// The bytes of the section of `owner`. Throws base::Error (bad_data) if there is none.
  const std::string& section(const std::string& owner) const;

  /// Passes every block of the chunks that this rank owns to `to` once, whichever ranks wrote them, and
  /// publishes a heartbeat per block. Throws transport::AgreedError (bad_data) on all ranks; some blocks may
  /// have been passed on by then. The caller must check that no block is missing. @note Collective.
  void read(const Restore& to) const;

 private:
  void read_segment(const Segment& segment, const Restore& to) const;

  const transport::Communicator* comm_;
  std::string path_;
  const base::FailPoints* faults_;
  const host::BoardSlot* board_;
  Manifest manifest_;
};

}  // namespace tessera::checkpoint
