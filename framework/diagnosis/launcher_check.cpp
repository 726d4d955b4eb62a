#include "diagnosis/launcher_check.h"

#include "base/error.h"
#include "diagnosis/mpi_checks.h"
#include "host/command.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

constexpr double version_seconds = 10.0;

}  // namespace

std::string mpi_launcher() {
  const char* named = std::getenv("TESSERA_MPIEXEC");
  return named != nullptr && *named != '\0' ? named : "mpirun";
}

Mpi check_launcher(const std::string& launcher, const std::vector<std::string>& arguments,
                   const std::string& own_mpi) {
  using base::Error;
  using base::ExitCode;
  const host::CommandResult result = host::run_command({launcher, "--version"}, version_seconds);
  if (!result.found) {
    throw Error(ExitCode::unavailable, fmt::format("cannot start `{}`", launcher),
                "is it installed and in PATH? To use another mpirun, name it in TESSERA_MPIEXEC");
  }
  if (result.timed_out) {
    throw Error(ExitCode::unavailable,
                fmt::format("`{} --version` did not end within {:.0f} s", launcher, version_seconds),
                "is it the mpirun of an MPI library? To use another one, name it in TESSERA_MPIEXEC");
  }
  const std::string version = launcher_version(result.out);
  const Mpi theirs = mpi_of(version);
  const Mpi ours = mpi_of(own_mpi);
  if (theirs != ours && theirs != Mpi::unknown && ours != Mpi::unknown) {
    throw Error(
        ExitCode::unavailable,
        fmt::format("`{}` belongs to another MPI ({}): this tessera is built with {}", launcher, version,
                    own_mpi),
        "put the mpirun of that MPI first in PATH, name it in TESSERA_MPIEXEC, or use --launcher srun");
  }
  // A wrapper named in TESSERA_MPIEXEC may itself allow root.
  const bool allowed =
      std::getenv("TESSERA_MPIEXEC") != nullptr || mpirun_allows_user() ||
      std::find(arguments.begin(), arguments.end(), "--allow-run-as-root") != arguments.end();
  if (theirs == Mpi::open_mpi && !allowed) {
    throw Error(ExitCode::unavailable, "mpirun refuses to run as root unless this is allowed explicitly",
                advice_for_root);
  }
  return theirs;
}

}  // namespace tessera::diagnosis
