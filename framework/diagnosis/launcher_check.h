// Whether a launcher of MPI programs can start this program.
#pragma once

#include "diagnosis/launcher_version.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

/// Runs `launcher --version` and returns the MPI that the launcher belongs to. `own_mpi`: the MPI library
/// that this program is linked with, e.g. "Open MPI 4.1.4". `arguments`: those that the launcher will get.
/// Throws base::Error (unavailable) if the launcher cannot be started, belongs to another MPI, or refuses to
/// run as root. A launcher that TESSERA_MPIEXEC names is not checked for root.
Mpi check_launcher(const std::string& launcher, const std::vector<std::string>& arguments,
                   const std::string& own_mpi);

}  // namespace tessera::diagnosis
