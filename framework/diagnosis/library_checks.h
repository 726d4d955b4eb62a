// Checks of the HDF5 library and the solvers.
#pragma once

#include "diagnosis/check.h"
#include "plugin/library.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// Checks the HDF5 library in this process: its version, and whether it was built with parallel I/O.
Check hdf5_check();

/// Loads each solver in a process of its own, so that one that crashes or hangs does not affect the others.
/// Returns a check for each solver, in the order of `files`: if it can be loaded, `found` is its name and
/// version. As with run_guarded(), this process must have only one thread.
Checks loading_checks(const std::vector<plugin::SolverFile>& files);

/// Lists the folders that are searched for solvers, and checks that each solver found there can be loaded.
/// `plugin_folders`: folders from the command line.
Checks solver_checks(const std::vector<std::string>& plugin_folders);

}  // namespace tessera::diagnosis
