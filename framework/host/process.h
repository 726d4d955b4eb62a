// Processes on this node, which need not be children.
#pragma once

#include "host/descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// The state of a process, as shown in /proc.
struct ProcessFacts {
  char state = '?';         ///< R, S, D, T (stopped), Z (ended and not yet reaped), ...
  std::uint64_t start = 0;  ///< in clock ticks since boot; distinguishes it from a later process with its pid
  int wait_status = 0;      ///< of a process that has ended; 0 if the kernel does not show it

  bool ended() const { return state == 'Z' || state == 'X'; }
  bool stopped() const { return state == 'T' || state == 't'; }
};

/// Returns nullopt if there is no such process.
std::optional<ProcessFacts> facts_of(pid_t pid);

/// The file activity of a process.
struct FileActivity {
  std::uint64_t bytes = 0;  ///< read and written so far, by all its threads
  bool waits = false;       ///< a thread is in state D, as when it waits for a disk or a file server
};

/// Values that the system does not show are zero and false.
FileActivity file_activity_of(pid_t pid);

/// A handle to a process, which never refers to a later process with the same pid.
class Process {
 public:
  /// Returns nullopt if no such process is alive.
  static std::optional<Process> find(pid_t pid);
  pid_t pid() const { return pid_; }
  /// A pidfd, which becomes readable when the process ends; -1 if the kernel has none (Linux before 5.3).
  int descriptor() const { return descriptor_.number(); }
  bool alive() const;
  bool stopped() const;
  /// Wait status, as from waitpid(), of a process that has ended but has not been reaped; 0 if unknown.
  int wait_status() const;
  void send(int signal) const;

 private:
  Process(pid_t pid, std::uint64_t start, Descriptor descriptor)
      : pid_{pid}, start_{start}, descriptor_{std::move(descriptor)} {}

  pid_t pid_;
  std::uint64_t start_;
  Descriptor descriptor_;
};

/// The live processes, except this one, that were started with `assignment` ("NAME=value") in their
/// environment.
std::vector<Process> processes_with_variable(const std::string& assignment);
/// The live processes, except this one, whose command line holds `arguments` consecutively.
std::vector<Process> processes_with_arguments(const std::vector<std::string>& arguments);
/// Kills the processes and waits for at most `seconds` for them to end. Returns whether all have ended.
bool kill_and_wait(const std::vector<Process>& processes, double seconds);

std::string host_name();
/// The path of this program. Throws base::Error (os_error) if the system does not show it.
std::string program_path();

}  // namespace tessera::host
