// A child process, together with the processes that it starts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// How a child ended: by exiting or by a signal.
struct ChildEnd {
  int exit_code = 0;  ///< 0 if a signal ended it
  int signal = 0;     ///< the signal that ended it; 0 if it exited
};

/// Owns a child process, which leads its own process group. The child receives SIGTERM if this process dies;
/// its standard input is /dev/null. When poll() or wait() finds that the child has ended, it kills the rest
/// of the process group.
class Child {
 public:
  struct Setup {
    std::vector<std::string> command;  ///< program, searched for in PATH, and arguments
    std::vector<std::pair<std::string, std::string>>
        environment;               ///< variables to set, in addition to the environment of this process
    bool output_to_error = false;  ///< whether to redirect standard output to standard error
    int output_fd = -1;            ///< descriptor for standard output; -1: inherited from this process
    int error_fd = -1;             ///< descriptor for standard error; -1: inherited from this process
  };

  /// Starts the child. Throws base::Error: unavailable if the program does not exist or is not executable;
  /// os_error if it cannot be executed for another reason, or if no pipe or process can be created.
  explicit Child(const Setup& setup);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills the whole process group and waits up to 5 s for the child to end.
  ~Child();

  pid_t pid() const { return pid_; }
  /// Returns how the child ended; nullopt if it is still running. Does not block.
  std::optional<ChildEnd> poll();
  /// Waits up to `seconds` for the child to end. Returns how it ended; nullopt if it is still running.
  std::optional<ChildEnd> wait(double seconds);
  /// Sends a signal to the child only.
  void send(int signal) const;
  /// Sends SIGKILL to the whole process group.
  void kill_group() const;

 private:
  pid_t pid_;
  std::optional<ChildEnd> end_;
};

}  // namespace tessera::host
