// What a launcher of MPI programs says of itself.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// "Open MPI 4.1.4" of what `mpirun --version` prints; of another launcher's text the first line; empty for
/// none.
std::string launcher_version(const std::string& output);
/// Whether such a version is that of an MPI that is known, and not Open MPI.
bool is_of_another_mpi(const std::string& version);

}  // namespace tessera::diagnosis
