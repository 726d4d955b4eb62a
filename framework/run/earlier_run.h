// A run that is already in a directory.
#pragma once

#include "checkpoint/identity.h"

#include <string>

namespace tessera::run {

/// Whether the run in `directory` is finished. `text`, `identity`: of the job that is to continue there.
/// Throws base::Error if the directory belongs to another job: bad_data if its checkpoints do, cannot_create
/// if it has none; and bad_data if its record is damaged or of another version of Tessera. Changes nothing.
bool is_done(const std::string& directory, const std::string& text, const checkpoint::Identity& identity);

/// The run in a directory below `parent` that has the newest checkpoint of such a job; empty if there is
/// none.
std::string find_run(const std::string& parent, const checkpoint::Identity& identity);

}  // namespace tessera::run
