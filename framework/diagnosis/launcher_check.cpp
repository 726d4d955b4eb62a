#include "diagnosis/launcher_check.h"

#include "base/error.h"
#include "base/text.h"
#include "diagnosis/mpi_checks.h"
#include "diagnosis/mpi_failure.h"
#include "host/command.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace tessera::diagnosis {

namespace {

constexpr double version_seconds = 10.0;

}  // namespace

std::string mpi_launcher() {
  const char* launcher = std::getenv("TESSERA_MPIEXEC");
  return launcher != nullptr && *launcher != '\0' ? launcher : "mpirun";
}

void check_working_directory() {
  std::error_code ec;
  static_cast<void>(std::filesystem::current_path(ec));
  if (!ec) return;
  throw base::Error(base::ExitCode::unavailable,
                    "the current directory cannot be accessed, so mpirun cannot start: " + ec.message(),
                    "it may have been deleted: change to another directory (cd)");
}

MpiFamily check_launcher(const std::string& launcher, const std::vector<std::string>& arguments,
                         const std::string& own_mpi) {
  using base::Error;
  using base::ExitCode;
  check_working_directory();
  const host::CommandResult result = host::run_command({launcher, "--version"}, version_seconds);
  if (!result.found) {
    throw Error(ExitCode::unavailable, fmt::format("cannot start `{}`", launcher),
                "is it installed and in PATH? Set TESSERA_MPIEXEC to use another mpirun");
  }
  if (result.timed_out) {
    throw Error(ExitCode::unavailable,
                fmt::format("`{} --version` did not end within {:.0f} s", launcher, version_seconds),
                "is it the mpirun of an MPI library? Set TESSERA_MPIEXEC to use another mpirun");
  }
  if (const char* prefix = std::getenv("OPAL_PREFIX"); prefix != nullptr && !result.ok()) {
    throw Error(
        ExitCode::unavailable,
        fmt::format("`{} --version` failed: {}", launcher,
                    launcher_message(result.err.empty() ? result.out : result.err)),
        fmt::format("OPAL_PREFIX is set to {}: unset it, or set it to the folder in which the Open MPI of {} "
                    "is installed",
                    base::printable(prefix, 200), launcher));
  }
  const std::string version = launcher_version(result.out);
  const MpiFamily launcher_family = mpi_family_of(version);
  const MpiFamily own_family = mpi_family_of(own_mpi);
  if (launcher_family != own_family && launcher_family != MpiFamily::unknown &&
      own_family != MpiFamily::unknown) {
    throw Error(
        ExitCode::unavailable,
        fmt::format("`{}` belongs to another MPI ({}): this tessera is built with {}", launcher, version,
                    own_mpi),
        "put the mpirun of that MPI first in PATH, set TESSERA_MPIEXEC to it, or use --launcher srun");
  }
  // TESSERA_MPIEXEC may be a wrapper that itself allows root.
  const bool allowed =
      std::getenv("TESSERA_MPIEXEC") != nullptr || mpirun_allows_user() ||
      std::find(arguments.begin(), arguments.end(), "--allow-run-as-root") != arguments.end();
  if (launcher_family == MpiFamily::open_mpi && !allowed) {
    throw Error(ExitCode::unavailable, "mpirun refuses to run as root unless this is allowed explicitly",
                advice_for_root);
  }
  return launcher_family;
}

}  // namespace tessera::diagnosis
