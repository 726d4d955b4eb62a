// The MPI library and its launcher.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

struct MpiSetup {
  std::string linked_mpi;           ///< that this program runs with: "Open MPI 4.1.4"
  std::string launcher = "mpirun";  ///< name or path
  std::string program;              ///< absolute path of this program
  int ranks = 2;                    ///< to start for a try, on this host
};

/// Whether this user may start Open MPI's mpirun: root must have said so twice.
bool root_may_start_mpi();
constexpr const char* advice_for_root =
    "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, or be another user";

/// Library, launcher, leave for root to run it, and whether it starts ranks and binds them to cores. At most
/// `mpi_seconds`.
Checks mpi_checks(const MpiSetup& setup);
constexpr double mpi_seconds = 60.0;

/// One rank on each of `hosts` hosts of a hostfile, started by the launcher. At most `mpi_seconds`.
Checks launch_checks(const MpiSetup& setup, const std::string& hostfile, int hosts);

/// "2 ranks, each bound to cores of its own" from what --report-bindings prints of `ranks` ranks.
Check binding_check(const std::string& report, int ranks);

}  // namespace tessera::diagnosis
