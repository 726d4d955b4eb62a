// Queries the properties of a host.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::diagnosis {

/// Properties of a host. Members are empty or 0 if unknown.
struct HostProperties {
  double time = 0.0;                ///< time on its clock, in seconds since 1970
  std::string version;              ///< output of `tessera --version` there
  std::string problem;              ///< the error message of a program that prints no version
  bool has_program = false;         ///< whether tessera exists there and is executable
  std::string launcher_mpi;         ///< the MPI that its launcher belongs to, such as "Open MPI 4.1.4"
  std::string daemon;               ///< path of the daemon that mpirun starts there; empty if not in PATH
  std::string marker;               ///< content of the marker file
  int cores = 0;                    ///< number of cores that a process there may use
  double shared_memory = 0.0;       ///< size of /dev/shm in bytes
  double shared_memory_free = 0.0;  ///< free bytes of /dev/shm
};

/// The command that prints the properties of the host on which it runs. It needs only a POSIX shell and
/// common programs. `program` is the path of tessera, `launcher` and `daemon` are the names or paths of
/// mpirun and its daemon, and `marker` is the path of the marker file.
std::vector<std::string> probe_command(const std::string& program, const std::string& launcher,
                                       const std::string& daemon, const std::string& marker);

/// Parses the output of the command, and ignores any text that the login printed before it. Returns nullopt
/// if the output is missing or incomplete.
std::optional<HostProperties> parse_properties(const std::string& output);

}  // namespace tessera::diagnosis
