// What a host says of itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::diagnosis {

/// Answers of a host; empty and 0 where it gave none.
struct HostAnswers {
  double time = 0.0;                ///< its clock, seconds since 1970
  std::string version;              ///< what tessera prints there
  bool program = false;             ///< tessera is there and can be started
  std::string launcher;             ///< "Open MPI 4.1.4"
  std::string daemon;               ///< path of the program that mpirun starts there
  std::string marker;               ///< content of the marker's file
  int cores = 0;                    ///< that a process there may run on
  double shared_memory = 0.0;       ///< bytes of /dev/shm
  double shared_memory_free = 0.0;  ///< bytes
};

/// The command that makes a host answer; needs nothing there but a POSIX shell and common programs.
/// `marker`: path of a file.
std::vector<std::string> probe_command(const std::string& program, const std::string& launcher,
                                       const std::string& daemon, const std::string& marker);

/// The answers in the command's output, whatever the login has printed before; nothing where there are none.
std::optional<HostAnswers> read_answers(const std::string& output);

}  // namespace tessera::diagnosis
