// What a launcher of MPI programs says of itself.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// "Open MPI 4.1.4" or "MPICH 4.0.2" of what `mpirun --version` prints; of another launcher's text the first
/// line; empty for none.
std::string launcher_version(const std::string& output);

/// Families of MPI libraries, whose launchers are called alike.
enum class Mpi { unknown, open_mpi, mpich };
/// Of a version as above, or as a library tells it.
Mpi mpi_of(const std::string& version);

}  // namespace tessera::diagnosis
