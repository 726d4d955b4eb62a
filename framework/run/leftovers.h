// Temporary files that killed processes left behind in the directory of a run.
#pragma once

#include <string>

namespace tessera::run {

/// Removes the temporary files for the files that the run in `directory` replaces. The caller must hold the
/// lock of the run. Ignores errors.
void remove_leftovers_of_run(const std::string& directory);

/// Removes the temporary files of the run and of its supervisor in `directory`, unless they are active.
/// Ignores errors.
void remove_leftovers_if_inactive(const std::string& directory);

}  // namespace tessera::run
