// One attempt of a run: mpirun and its ranks, from their start to their end.
#pragma once

#include "base/stopwatch.h"
#include "host/child.h"
#include "host/process.h"
#include "host/progress_board.h"
#include "supervisor/attempt_end.h"
#include "supervisor/attempt_watch.h"
#include "supervisor/launch_plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::supervisor {

/// Owns all processes of the attempt on this node; its destructor kills them.
class Attempt {
 public:
  /// Starts attempt `number`. `seconds_left`: time until the deadline; nullopt if there is none.
  /// `hang_seconds`: time without heartbeats that counts as a hang (see AttemptWatch). Throws base::Error if
  /// mpirun cannot be started.
  Attempt(const LaunchPlan& plan, int number, std::optional<double> seconds_left, double hang_seconds);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt();

  /// Waits until `seconds` have passed, a process of the attempt ends, or this process receives a signal.
  void wait(double seconds) const;
  /// Checks the attempt. Returns nullopt while it is running without a fault. Otherwise kills all remaining
  /// processes, which takes at most 2 s, or 10 s if mpirun hangs, and returns how the attempt ended.
  std::optional<AttemptEnd> check();
  /// Sends a signal to mpirun, which forwards SIGUSR1 and SIGUSR2 to the ranks.
  void send(int signal) const { child_.send(signal); }
  /// Kills all processes of the attempt and waits up to 5 s for them to end. Returns whether all have ended.
  bool kill();

  /// Time since the start of the attempt.
  double seconds() const { return stopwatch_.seconds(); }
  const AttemptWatch& progress() const { return watch_; }
  /// Process ids of the ranks that have started.
  std::vector<std::int64_t> pids() const;

 private:
  struct Rank {
    std::optional<host::Process> process;
    bool ended = false;
    bool stopped = false;
    int wait_status = 0;
  };

  void update_readings(bool mpirun_ended);
  void read_remote_progress();
  AttemptEnd conclude(std::optional<host::ChildEnd> end, std::optional<rundir::Fault> fault);
  void add_cause(rundir::Fault& fault) const;

  bool single_node_;
  host::ProgressBoard board_;
  std::string board_variable_;  // "NAME=value" in the environment of all processes of the attempt
  base::Stopwatch stopwatch_;
  host::Child child_;
  std::optional<host::Process> launcher_;
  AttemptWatch watch_;
  std::vector<Rank> ranks_;
  std::vector<RankReading> readings_;
  double process_states_checked_at_ = 0.0;
  double files_checked_at_ = 0.0;
  std::string directory_;
  int number_;
  host::BoardEntry remote_entry_;  // replaces the entry of rank 0 if rank 0 is on another node
  std::string remote_write_time_;
  double remote_read_at_ = 0.0;
};

/// Kills the processes on this host that an earlier supervisor of the run in `directory` has left behind.
/// Returns a message for the user; empty if there were no such processes.
std::string kill_orphans(const std::string& directory);

}  // namespace tessera::supervisor
