// Identifies an MPI launcher from the output of its --version option.
#pragma once

#include <string>

namespace tessera::diagnosis {

/// Extracts "Open MPI 4.1.4" or "MPICH 4.0.2" from the output of `mpirun --version`. Returns the first line
/// for any other launcher, and an empty string if there is no output.
std::string launcher_version(const std::string& output);

/// Families of MPI libraries. The launchers of a family take the same arguments.
enum class MpiFamily { unknown, open_mpi, mpich };
/// The family of a version that launcher_version() returned or that an MPI library reports.
MpiFamily mpi_family_of(const std::string& version);

}  // namespace tessera::diagnosis
