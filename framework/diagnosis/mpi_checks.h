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

/// Library, launcher, leave for root to run it, and whether it starts ranks and binds them to cores. At most
/// `mpi_seconds`.
Checks mpi_checks(const MpiSetup& setup);
constexpr double mpi_seconds = 60.0;

/// One rank on each of `hosts` hosts of a hostfile, started by the launcher. At most `mpi_seconds`.
Checks launch_checks(const MpiSetup& setup, const std::string& hostfile, int hosts);

/// "2 ranks, each bound to cores of its own" from what --report-bindings prints of `ranks` ranks.
Check binding_check(const std::string& report, int ranks);

}  // namespace tessera::diagnosis
