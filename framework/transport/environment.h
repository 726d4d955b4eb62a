// The MPI library, from start to end of the process.
#pragma once

#include "transport/communicator.h"

#include <optional>
#include <string>

namespace tessera::transport {

/// Initialises MPI on construction and finalises it on destruction; one a process, in main.
class Environment {
 public:
  /// Throws base::Error (unavailable) when MPI cannot be initialised.
  Environment(int& argc, char**& argv);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  /// All ranks. Call once.
  Communicator world() const;

  /// "Open MPI 4.1.4".
  static std::string library();

  /// This process's host name.
  static std::string host();
};

/// Ends this process without finalising MPI, for when a library that hangs there must not be asked.
/// Call on all ranks, after a barrier.
[[noreturn]] void leave_at_once(int exit_code);

/// The number of processes that some launcher says it started, when that is more than one and MPI knows
/// of just one: the launcher belongs to another MPI library, and each process believes it is alone.
/// `mpi_size`: ranks that MPI knows of.
struct ForeignLauncher {
  std::string name;
  int processes;
};
std::optional<ForeignLauncher> foreign_launcher(int mpi_size);

}  // namespace tessera::transport
