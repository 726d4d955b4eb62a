// Where a run writes, and what it goes on from.
#pragma once

#include "base/file_lock.h"
#include "commands.h"
#include "job_loader.h"
#include "run_identity.h"
#include "transport/communicator.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::app {

struct RunPlace {
  std::string directory;
  RunIdentity identity;
  std::vector<std::string> checkpoints;  ///< to try, the most wanted one first
  std::uint32_t attempt = 1;
};

/// Makes the directory of a run, or takes over the one that `options` means; rank 0 holds `lock` from then
/// on. Throws transport::AgreedError. @note Collective.
RunPlace place_of(const transport::Communicator& comm, const RunOptions& options, const LoadedJob& loaded,
                  std::optional<base::FileLock>& lock);

}  // namespace tessera::app
