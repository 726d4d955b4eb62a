// Promotes node-local checkpoints to the run directory.
#pragma once

#include "base/fail_points.h"
#include "checkpoint/identity.h"
#include "checkpoint/local_store.h"
#include "host/progress_board.h"
#include "transport/communicator.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tessera::checkpoint {

/// Publishes in the run directory the newest checkpoint of `identity`, apart from `accepted` changes, later
/// than step `newer_than` of which every part, or a partner copy of it, is on the nodes of these ranks. The
/// ranks and nodes may differ from those that wrote it. Keeps the node-local checkpoints. Whenever a
/// checkpoint is rejected, calls `report` on rank 0 with the reason. Publishes heartbeats on `board`. Returns
/// the path of the published checkpoint on all ranks; nullopt if there is none. @note Collective.
std::optional<std::string> promote(const transport::Communicator& comm, const LocalStorage& storage,
                                   const std::string& run_directory, const Identity& identity,
                                   const AcceptedChanges& accepted, std::int64_t newer_than,
                                   const base::FailPoints& faults,
                                   const std::function<void(const std::string&)>& report,
                                   const host::BoardSlot& board = {});

/// Removes the run's node-local checkpoints from the nodes of these ranks. @note Collective.
void remove_local(const transport::Communicator& comm, const LocalStorage& storage);

}  // namespace tessera::checkpoint
