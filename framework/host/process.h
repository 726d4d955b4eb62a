// A process of this node that need not be a child.
#pragma once

#include "host/descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tessera::host {

/// What /proc shows of a process.
struct ProcessFacts {
  char state = '?';         ///< R, S, D, T (stopped), Z (ended and not yet reaped), ...
  std::uint64_t start = 0;  ///< clock ticks since the boot: tells it from a later one of the same number
  int wait_status = 0;      ///< of one that has ended; 0 where the kernel does not show it

  bool ended() const { return state == 'Z' || state == 'X'; }
  bool stopped() const { return state == 'T' || state == 't'; }
};

/// Nothing where there is no such process.
std::optional<ProcessFacts> facts_of(pid_t pid);

/// What a process has to do with files.
struct FileActivity {
  std::uint64_t bytes = 0;  ///< read and written so far, by all its threads
  bool waits = false;       ///< a thread of it waits for a disk or a file server
};

/// Nothing known (zero, false) where the system does not show it.
FileActivity file_activity_of(pid_t pid);

/// A hold on a process: it never stands for a later one of the same number.
class Process {
 public:
  /// Nothing where no such process lives.
  static std::optional<Process> find(pid_t pid);
  pid_t pid() const { return pid_; }
  /// Readable from when the process has ended on; -1 where the kernel has no such thing (Linux before 5.3).
  int descriptor() const { return descriptor_.number(); }
  bool alive() const;
  bool stopped() const;
  /// As waitpid() gives it, of a process that has just ended; 0 where it can no longer be known.
  int wait_status() const;
  void send(int signal) const;

 private:
  Process(pid_t pid, std::uint64_t start, Descriptor descriptor)
      : pid_{pid}, start_{start}, descriptor_{std::move(descriptor)} {}

  pid_t pid_;
  std::uint64_t start_;
  Descriptor descriptor_;
};

/// Living processes, this one aside, that were started with `assignment` ("NAME=value") in their environment.
std::vector<Process> processes_with_variable(const std::string& assignment);
/// Living processes, this one aside, whose command line holds `arguments` in a row.
std::vector<Process> processes_with_arguments(const std::vector<std::string>& arguments);
/// Kills them all and waits for at most `seconds` until they are gone; whether they are.
bool kill_and_wait(const std::vector<Process>& processes, double seconds);

std::string host_name();

}  // namespace tessera::host
