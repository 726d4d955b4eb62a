// Checks of the HDF5 library and the solvers.
#pragma once

#include "diagnosis/check.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// Checks the HDF5 library in this process: its version, and whether it was built with parallel I/O.
Check hdf5_check();

/// Lists the folders that are searched for solvers, and checks that each solver found there can be loaded.
/// `plugin_folders`: folders from the command line.
Checks solver_checks(const std::vector<std::string>& plugin_folders);

}  // namespace tessera::diagnosis
