// A run that lies in a directory already.
#pragma once

#include <string>

namespace tessera::app {

/// Whether the run of the job `text` that lies in `directory` has nothing left to do. Throws base::Error
/// (cannot_create) where it is another job's that nobody could go on with.
bool is_done(const std::string& directory, const std::string& text);

}  // namespace tessera::app
