// Checks whether an MPI launcher can start this program.
#pragma once

#include "diagnosis/launcher_version.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// The name or path of the MPI launcher: TESSERA_MPIEXEC if it is set, otherwise "mpirun".
std::string mpi_launcher();

/// Throws base::Error (unavailable) if the current directory no longer exists: mpirun would not start there.
void check_working_directory();

/// Calls check_working_directory(), runs `launcher --version` and returns the MPI family of the launcher.
/// `own_mpi`: the MPI library that this program is linked with, such as "Open MPI 4.1.4". `arguments`:
/// arguments that will be passed to the launcher. Throws base::Error (unavailable) if the launcher cannot be
/// started, belongs to another MPI, or refuses to run as root. The check for root is skipped if
/// TESSERA_MPIEXEC is set.
MpiFamily check_launcher(const std::string& launcher, const std::vector<std::string>& arguments,
                         const std::string& own_mpi);

}  // namespace tessera::diagnosis
