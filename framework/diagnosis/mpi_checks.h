// Checks of the MPI library and its launcher.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

struct MpiSetup {
  std::string linked_mpi;           ///< version of this program's MPI library: "Open MPI 4.1.4"
  std::string launcher = "mpirun";  ///< name or path
  std::string program;              ///< absolute path of this program
  int ranks = 2;                    ///< ranks to start on this host as a test
};

/// Whether this user may start Open MPI's mpirun. Root may only if two variables are set to 1.
bool root_may_start_mpi();
constexpr const char* advice_for_root =
    "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or run as another user";

/// Checks the library, the launcher, whether root may run it, and whether it starts ranks and binds them to
/// cores. Takes at most `mpi_seconds`.
Checks mpi_checks(const MpiSetup& setup);
constexpr double mpi_seconds = 60.0;

/// Starts one rank on each of the `hosts` hosts of a hostfile with the launcher. Takes at most `mpi_seconds`.
Checks launch_checks(const MpiSetup& setup, const std::string& hostfile, int hosts);

/// Checks the bindings of `ranks` ranks. `report` is the output of mpirun --report-bindings.
Check binding_check(const std::string& report, int ranks);

}  // namespace tessera::diagnosis
