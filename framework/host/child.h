// A child process, together with the processes that it starts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// How a child ended: with an exit code, or by a signal.
struct ChildEnd {
  int exit_code = 0;
  int signal = 0;  ///< 0: it exited
};

/// Owns a child in a process group of its own. The child receives SIGTERM if this process dies; its standard
/// input is /dev/null. The rest of its group is killed once poll() finds that the child has ended, and by the
/// destructor.
class Child {
 public:
  struct Setup {
    std::vector<std::string> command;  ///< program, searched in PATH, and arguments
    std::vector<std::pair<std::string, std::string>>
        environment;               ///< variables to set, on top of those of this process
    bool output_to_error = false;  ///< redirect standard output to standard error
  };

  /// Throws base::Error: unavailable if the command cannot be started, os_error if no pipe or process can
  /// be created.
  explicit Child(const Setup& setup);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills the group and waits for at most 5 s for the child to end.
  ~Child();

  pid_t pid() const { return pid_; }
  /// How the child ended; nullopt while it runs. Does not block.
  std::optional<ChildEnd> poll();
  /// Waits for at most `seconds` for the child to end; returns as poll() does.
  std::optional<ChildEnd> wait(double seconds);
  /// Sends a signal to the child only.
  void send(int signal) const;
  /// Sends SIGKILL to the whole group.
  void kill_group() const;

 private:
  pid_t pid_ = -1;
  std::optional<ChildEnd> end_;
};

}  // namespace tessera::host
