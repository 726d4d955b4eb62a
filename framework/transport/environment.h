// Initialisation and finalisation of MPI.
#pragma once

#include "transport/communicator.h"

#include <optional>
#include <string>

namespace tessera::transport {

/// Initialises MPI on construction and finalises it on destruction; one per process, in main().
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

  /// This process's host name.
  static std::string host();
};

/// Ends this process without finalising MPI, for MPI libraries that may hang in MPI_Finalize. Call on all
/// ranks, after a barrier.
[[noreturn]] void exit_without_finalize(int exit_code);

struct ForeignLauncher {
  std::string name;
  int processes;  ///< number of processes that it says it started
};

/// Detects a launcher that belongs to another MPI library, so that each process believes it is alone. Returns
/// it if it started more than one process but `mpi_size`, the number of ranks according to MPI, is 1.
std::optional<ForeignLauncher> foreign_launcher(int mpi_size);

}  // namespace tessera::transport
