// Identifies an MPI launcher from the output of its --version option.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Extracts "Open MPI 4.1.4" or "MPICH 4.0.2" from the output of `mpirun --version`. Returns the first line
/// for any other launcher, and an empty text if there is no output.
std::string launcher_version(const std::string& output);

/// Families of MPI libraries. Launchers of one family take the same arguments.
enum class Mpi { unknown, open_mpi, mpich };
/// Family of a version returned by launcher_version(), or reported by an MPI library.
Mpi mpi_of(const std::string& version);

}  // namespace tessera::diagnosis
