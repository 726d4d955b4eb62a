// Initialisation and finalisation of MPI.
#pragma once

#include "transport/communicator.h"

#include <optional>
#include <string>

namespace tessera::transport {

/// Initialises MPI on construction and finalises it on destruction. There must be only one object per
/// process.
class Environment {
 public:
  /// Throws base::Error (unavailable) if MPI cannot be initialised.
  Environment(int& argc, char**& argv);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  /// Returns the communicator of all ranks, MPI_COMM_WORLD. Must be called only once.
  Communicator world() const;

  /// Name and version of the MPI library, such as "Open MPI 4.1.4".
  static std::string library();

  /// Name of the host of this process.
  static std::string host();
};

/// Ends this process without finalising MPI, if MPI_Finalize may hang. Must be called on all ranks, after a
/// barrier.
[[noreturn]] void exit_without_finalize(int exit_code);

/// A launcher that belongs to a different MPI library.
struct ForeignLauncher {
  std::string name;  ///< description for messages, such as "the mpirun of MPICH"
  int processes;     ///< number of processes that it started, according to its environment variables
};

/// Detects a launcher that belongs to a different MPI library: it has started several processes, but each of
/// them is the only rank of its own MPI_COMM_WORLD. `mpi_size`: size of MPI_COMM_WORLD. Returns nullopt if no
/// such launcher is detected.
std::optional<ForeignLauncher> foreign_launcher(int mpi_size);

}  // namespace tessera::transport
