// Whether all ranks see the run directory.
#pragma once

#include "run/plan.h"
#include "transport/communicator.h"

namespace tessera::run {

/// Throws transport::AgreedError (cannot_create) if a rank does not see the run directory that rank 0 has
/// created or opened: because it is on a disk of one node, because a file system is not mounted on a node,
/// or because the ranks have different working directories. Without this check, such a run would hang or
/// lose its checkpoints. File servers may show a new file late, so each rank looks for a few seconds.
/// @note Collective over `comm`.
void check_shared_directory(const transport::Communicator& comm, const RunInfo& info);

}  // namespace tessera::run
