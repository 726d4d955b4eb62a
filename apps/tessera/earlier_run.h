// A run that lies in a directory already.
#pragma once

#include "checkpoint/restore.h"
#include "job_loader.h"

#include <string>

namespace tessera::app {

/// Whether the run in `directory` has nothing left to do. `request`, `text`: the job that is to go on there,
/// as asked for and as run; `wanted`: what that one must find in a checkpoint. Throws base::Error where it is
/// another job's: bad_data where its checkpoints are, cannot_create where it has none.
bool is_done(const std::string& directory, const JobRequest& request, const std::string& text,
             const checkpoint::Wanted& wanted);

}  // namespace tessera::app
