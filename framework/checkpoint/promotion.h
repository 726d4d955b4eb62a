// From the nodes into the run directory.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/restore.h"
#include "transport/communicator.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tessera::checkpoint {

/// Where node-local checkpoints of a run may lie; see LocalWriter::Options.
struct LocalPlace {
  std::string folder;
  std::string run;  ///< what tells the run from others
  std::vector<int> nodes;
  std::uint32_t since = 0;  ///< what attempts before this one have left is of no use
};

/// Publishes in the run directory the newest checkpoint after step `newer_than` that the nodes of these ranks
/// hold all parts of, be it as copies, and that is not of a past that is gone; then what lies on the nodes is
/// removed. Returns its path on all ranks; nothing where there is none. Ranks and nodes may be others than
/// those that wrote it. `tell` is called on rank 0 with each reason not to take one; `board` gets signs of
/// life. @note Collective.
std::optional<std::string> promote(const transport::Communicator& comm, const LocalPlace& place,
                                   const std::string& run_directory, const Wanted& wanted,
                                   std::int64_t newer_than, const base::FailPoints& faults,
                                   const std::function<void(const std::string&)>& tell,
                                   const base::BoardSlot& board = {});

/// Removes what lies on the nodes of these ranks. @note Collective.
void forget(const transport::Communicator& comm, const LocalPlace& place);

}  // namespace tessera::checkpoint
