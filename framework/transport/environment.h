// Initialisation and finalisation of MPI.
#pragma once

#include "transport/communicator.h"

#include <optional>
#include <string>

namespace tessera::transport {

/// Initialises MPI on construction and finalises it on destruction. Each process has one such object, in
/// main().
class Environment {
 public:
  /// Throws base::Error (unavailable) if MPI cannot be initialised.
  Environment(int& argc, char**& argv);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  /// The communicator of all ranks, MPI_COMM_WORLD. Call once.
  Communicator world() const;

  /// Name and version of the MPI library, such as "Open MPI 4.1.4".
  static std::string library();

  /// Name of the host of this process.
  static std::string host();
};

/// Ends this process without finalising MPI, for MPI libraries that may hang in MPI_Finalize. Call on all
/// ranks, after a barrier.
[[noreturn]] void exit_without_finalize(int exit_code);

struct ForeignLauncher {
  std::string name;  ///< as in messages, such as "the mpirun of MPICH"
  int processes;     ///< number of processes that it started, according to its environment variables
};

/// Detects a launcher that belongs to a different MPI library, so that each process believes that it is
/// alone. Returns the launcher if it started more than one process although the number of ranks according to
/// MPI, `mpi_size`, is 1; otherwise nullopt.
std::optional<ForeignLauncher> foreign_launcher(int mpi_size);

}  // namespace tessera::transport
