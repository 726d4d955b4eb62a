// Runs other programs and captures their output.
#pragma once

#include <string>
#include <vector>

namespace tessera::host {

/// The outcome of a program.
struct CommandResult {
  int exit_code = 0;
  int signal = 0;  ///< the signal that ended it; 0: none
  bool timed_out = false;
  bool found = true;  ///< the program is in PATH and can be started
  std::string out;    ///< the first 1 MiB of its standard output
  std::string err;    ///< the first 1 MiB of its standard error

  bool ok() const { return found && !timed_out && signal == 0 && exit_code == 0; }
};

/// Runs a program without a shell, with /dev/null as standard input, and waits for it. After `seconds`, kills
/// the program and its process group. Throws base::Error (os_error) if no pipe or process can be created.
CommandResult run_command(const std::vector<std::string>& command, double seconds);

/// Path of the program as found in PATH, or `name` itself if it holds a slash; empty if there is no such
/// executable file.
std::string find_program(const std::string& name);

}  // namespace tessera::host
