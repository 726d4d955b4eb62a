#include "transport/environment.h"

#include "base/error.h"
#include "transport/native.h"
#include "transport/network_interfaces.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace tessera::transport {

namespace {

/// On hosts with IPv4 and IPv6 addresses, ranks that communicate by TCP may hang with Open MPI 4.1 and fail
/// with Open MPI 5.0 (https://github.com/open-mpi/ompi/issues/14079). Makes them use IPv4 only, unless the
/// user has chosen their interfaces: mpirun passes such a choice to all ranks. Otherwise, each rank decides
/// by the interfaces of its host, before it can communicate; this requires that all hosts have IPv4, or none.
void prefer_ipv4() {
  constexpr std::array choices{"OMPI_MCA_btl_tcp_disable_family", "OMPI_MCA_btl_tcp_if_include",
                               "OMPI_MCA_btl_tcp_if_exclude"};
  for (const char* name : choices) {
    if (std::getenv(name) != nullptr) return;
  }
  if (has_usable_ipv4()) setenv(choices.front(), "6", 0);
}

}  // namespace

Environment::Environment(int& argc, char**& argv) {
  // Two components of Open MPI for shared file pointers, which nothing here uses, make opening a file fail:
  // `sm` needs a semaphore in /dev/shm, which may be full or read-only, and `lockedfile` overflows a buffer
  // if the path is longer than about 240 characters (https://github.com/open-mpi/ompi/issues/13565).
  setenv("OMPI_MCA_sharedfp", "^sm,lockedfile", 0);
  prefer_ipv4();
  if (MPI_Init(&argc, &argv) != MPI_SUCCESS) {
    throw base::Error(base::ExitCode::unavailable, "MPI_Init failed", "`tessera doctor` looks for the cause");
  }
}

Environment::~Environment() { MPI_Finalize(); }

Communicator Environment::world() const {
  auto native = std::make_unique<Communicator::Native>();
  native->handle = MPI_COMM_WORLD;
  return Communicator{std::move(native)};
}

std::string Environment::library() {
  std::string text(MPI_MAX_LIBRARY_VERSION_STRING, '\0');
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  text.resize(std::strlen(text.c_str()));
  if (text.starts_with("Open MPI v")) {
    text = "Open MPI " + text.substr(10, text.find_first_of(", ", 10) - 10);
  }
  if (text.starts_with("MPICH Version:")) {
    const auto begin = text.find_first_not_of(" \t", 14);
    text = "MPICH " + text.substr(begin, text.find('\n', begin) - begin);
  }
  return text;
}

std::string Environment::host() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

void exit_without_finalize(int exit_code) {
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

std::optional<ForeignLauncher> foreign_launcher(int mpi_size) {
  if (mpi_size > 1) return std::nullopt;
  struct Hint {
    const char* variable;
    const char* launcher;
  };
  // The innermost launcher comes first: within a Slurm allocation, mpirun starts its daemons with srun.
  constexpr std::array hints{Hint{"OMPI_COMM_WORLD_SIZE", "the mpirun of a different Open MPI"},
                             Hint{"PMI_SIZE", "the mpirun of MPICH or Intel MPI"},
                             Hint{"MV2_COMM_WORLD_SIZE", "the mpirun of MVAPICH2"},
                             Hint{"MPI_LOCALNRANKS", "the mpirun of MPICH"},
                             Hint{"SLURM_STEP_NUM_TASKS", "srun without a PMI that this MPI supports"}};
  for (const Hint& hint : hints) {
    const char* value = std::getenv(hint.variable);
    if (value == nullptr) continue;
    if (std::strcmp(value, "1") == 0) return std::nullopt;
    int processes = 0;
    const auto [end, ec] = std::from_chars(value, value + std::strlen(value), processes);
    if (ec == std::errc{} && *end == '\0' && processes > 1) return ForeignLauncher{hint.launcher, processes};
  }
  return std::nullopt;
}

}  // namespace tessera::transport
