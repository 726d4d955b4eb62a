// Processes on this node, whether or not they are children of this process.
#pragma once

#include "base/descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// The state of a process, from /proc.
struct ProcessInfo {
  char state = '?';         ///< R, S, D, T (stopped), Z (ended but not yet reaped), ...
  std::uint64_t start = 0;  ///< start time in clock ticks since boot; unique among processes with this pid
  int wait_status = 0;      ///< as returned by waitpid(), once the process has ended; 0 if not available

  bool ended() const { return state == 'Z' || state == 'X'; }
  bool stopped() const { return state == 'T' || state == 't'; }
};

/// Reads the state of process `pid`. Returns nullopt if there is no such process.
std::optional<ProcessInfo> process_info(pid_t pid);

/// The file activity of a process.
struct FileActivity {
  std::uint64_t bytes = 0;  ///< bytes read and written so far by all its threads
  bool is_blocked = false;  ///< whether a thread is in state D, as when it waits for a disk or file server
};

/// Reads the file activity of process `pid`. A value that the system does not provide is 0 or false.
FileActivity file_activity_of(pid_t pid);

/// A handle to a process. It never refers to a later process with the same pid.
class Process {
 public:
  /// Returns a handle to the process with this pid; nullopt if no such process is alive.
  static std::optional<Process> find(pid_t pid);
  pid_t pid() const { return pid_; }
  /// A pidfd, which becomes readable when the process ends; -1 if the kernel does not support it (Linux
  /// before 5.3).
  int descriptor() const { return descriptor_.number(); }
  /// Whether the process exists and has not ended.
  bool alive() const;
  /// Whether the process is stopped, by a signal or a debugger.
  bool stopped() const;
  /// Wait status, as returned by waitpid(), if the process has ended but has not been reaped; 0 if not
  /// available.
  int wait_status() const;
  /// Sends a signal. Has no effect if the process has ended.
  void send(int signal) const;

 private:
  Process(pid_t pid, std::uint64_t start, base::Descriptor descriptor)
      : pid_{pid}, start_{start}, descriptor_{std::move(descriptor)} {}

  pid_t pid_;
  std::uint64_t start_;
  base::Descriptor descriptor_;
};

/// The live processes, except this one, that were started with `assignment` ("NAME=value") in their
/// environment.
std::vector<Process> processes_with_variable(const std::string& assignment);
/// The live processes, except this one, whose command line contains the sequence `arguments`.
std::vector<Process> processes_with_arguments(const std::vector<std::string>& arguments);
/// Sends SIGKILL to the processes and waits up to `seconds` for them to end. Returns whether all have ended.
bool kill_and_wait(const std::vector<Process>& processes, double seconds);

/// The name of this host; "unknown" if it cannot be determined.
std::string host_name();
/// The path of the executable of this process. Throws base::Error (os_error) if it cannot be determined.
std::string program_path();

}  // namespace tessera::host
