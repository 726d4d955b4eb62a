// Other programs, run for their output.
#pragma once

#include <string>
#include <vector>

namespace tessera::host {

/// What became of a program.
struct CommandResult {
  int exit_code = 0;
  int signal = 0;  ///< that ended it; 0: none
  bool timed_out = false;
  bool found = true;  ///< the program is in PATH and can be started
  std::string out;    ///< at most 1 MiB of what it wrote
  std::string err;

  bool ok() const { return found && !timed_out && signal == 0 && exit_code == 0; }
};

/// Runs a program without a shell and waits for it; it reads nothing. After `seconds` it is killed with all
/// that it has started. Throws Error (os_error) where no pipe or process is to be had.
CommandResult run_command(const std::vector<std::string>& command, double seconds);

/// Absolute path of a program in PATH; empty where there is none.
std::string find_program(const std::string& name);

}  // namespace tessera::host
