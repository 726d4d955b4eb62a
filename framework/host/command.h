// Runs other programs and captures their output.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tessera::host {

/// The outcome of running a program.
struct CommandResult {
  int exit_code = 0;
  int signal = 0;          ///< the signal that ended the program; 0 if none
  bool timed_out = false;  ///< whether the program was killed because it took too long
  bool stopped = false;    ///< whether the program was stopped because `stop` returned true
  bool found = true;       ///< whether the program exists and could be started
  std::string out;         ///< the first 1 MiB of standard output
  std::string err;         ///< the first 1 MiB of standard error

  bool ok() const { return found && !timed_out && !stopped && signal == 0 && exit_code == 0; }
};

/// Runs a program (searched for in PATH) with its arguments, without a shell and with /dev/null as standard
/// input, and waits for it to end. Kills the program and its process group if it has not ended after
/// `seconds`, or once `stop` returns true. If `stop` is given, first sends SIGTERM to the program and waits
/// up to 3 s, so that a launcher can end the processes that it has started on other nodes. When the program
/// has ended, kills the rest of its process group. Throws base::Error (os_error) if no pipe or process can be
/// created.
CommandResult run_command(const std::vector<std::string>& command, double seconds,
                          const std::function<bool()>& stop = {});

/// Path of the program as found in PATH, or `name` itself if it contains a slash. Empty if there is no such
/// executable file.
std::string find_program(const std::string& name);

}  // namespace tessera::host
