// Checks of the MPI library and its launcher.
#pragma once

#include "diagnosis/check.h"

#include <string>
#include <vector>

namespace tessera::diagnosis {

struct MpiSetup {
  std::string linked_mpi;           ///< version of this program's MPI library: "Open MPI 4.1.4"
  std::string launcher = "mpirun";  ///< name or path
  std::string program;              ///< absolute path of this program
  /// Command that initialises MPI, exchanges messages with the other ranks and exits with code 0.
  std::vector<std::string> rank_command;
  int ranks = 2;  ///< number of ranks to start on this host as a test
};

/// Whether Open MPI's mpirun can be run by this user. It refuses to run as root unless two environment
/// variables are set to 1.
bool mpirun_allows_user();
constexpr const char* advice_for_root =
    "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or run as another user";

/// Checks the MPI library, the launcher, whether root may run the launcher, and whether it starts ranks that
/// exchange messages, and binds them to cores. Takes at most `mpi_seconds`.
Checks mpi_checks(const MpiSetup& setup);
constexpr double mpi_seconds = 60.0;

/// Checks that the launcher can start one rank on each of the `hosts` hosts of a hostfile, and that these
/// ranks can exchange messages. Takes at most `mpi_seconds`. Supports only Open MPI.
Checks launch_checks(const MpiSetup& setup, const std::string& hostfile, int hosts);

/// Checks that each of `ranks` ranks is bound to its own cores. `report`: output of mpirun --report-bindings.
Check binding_check(const std::string& report, int ranks);

}  // namespace tessera::diagnosis
