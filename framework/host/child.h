// A program that this process has started, with all that it starts.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// How a child ended: by itself with a code, or by a signal.
struct ChildEnd {
  int exit_code = 0;
  int signal = 0;  ///< 0: by itself
};

/// Owner of a child in a process group of its own. The child gets SIGTERM should this process die, and reads
/// nothing. Nothing of its group outlives the child or the owner.
class Child {
 public:
  struct Setup {
    std::vector<std::string> command;  ///< a name is looked for in PATH
    std::vector<std::pair<std::string, std::string>>
        environment;               ///< variables added to those of this process
    bool output_to_error = false;  ///< what it writes on standard output goes to standard error
  };

  /// Throws base::Error: unavailable if the command cannot be started, os_error if there are no processes.
  explicit Child(const Setup& setup);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills what is left. Waits for at most 5 s.
  ~Child();

  pid_t pid() const { return pid_; }
  /// How it ended; nothing while it runs. Never waits.
  std::optional<ChildEnd> poll();
  /// As poll(), after at most `seconds`.
  std::optional<ChildEnd> wait(double seconds);
  /// A signal for the child alone.
  void send(int signal) const;
  /// SIGKILL for its whole group.
  void kill_group() const;

 private:
  pid_t pid_ = -1;
  std::optional<ChildEnd> end_;
};

}  // namespace tessera::host
