// One launch of a run: mpirun and its ranks, watched until they have ended.
#pragma once

#include "base/progress_board.h"
#include "base/stopwatch.h"
#include "supervisor/attempt_end.h"
#include "supervisor/attempt_watch.h"
#include "supervisor/child.h"
#include "supervisor/launch_plan.h"
#include "supervisor/process.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::supervisor {

/// Nothing of it outlives it on this node.
class Attempt {
 public:
  /// Starts it. `seconds_left`: until the deadline; `hang_seconds`: of silence that count as a hang. Throws
  /// base::Error where mpirun cannot be started.
  Attempt(const LaunchPlan& plan, int number, std::optional<double> seconds_left, double hang_seconds);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt();

  /// Until a process of it ends, a signal comes, or for `seconds`.
  void wait(double seconds) const;
  /// How it ended; nothing while it runs well. Whatever is left of it is killed before the answer, which
  /// takes 2 s at most where mpirun does its part and 10 s where nothing does.
  std::optional<AttemptEnd> look();
  /// A signal for mpirun, which hands USR1 and USR2 on to the ranks.
  void send(int signal) const { child_.send(signal); }
  /// Kills all of it; whether nothing is left.
  bool kill();

  double seconds() const { return stopwatch_.seconds(); }
  const AttemptWatch& progress() const { return watch_; }
  /// Of the ranks that have begun.
  std::vector<std::int64_t> pids() const;

 private:
  struct Rank {
    std::optional<Process> process;
    bool gone = false;
    bool stopped = false;
    int wait_status = 0;
  };

  void refresh(bool over);
  void look_far();
  AttemptEnd conclude(std::optional<ChildEnd> end, std::optional<Fault> found);
  void name_the_cause(Fault& fault) const;

  bool one_node_;
  base::ProgressBoard board_;
  std::string variable_;  // in the environment of all its processes
  base::Stopwatch stopwatch_;
  Child child_;
  std::optional<Process> launcher_;
  AttemptWatch watch_;
  std::vector<Rank> ranks_;
  std::vector<RankReading> readings_;
  double states_at_ = 0.0;
  double files_at_ = 0.0;
  std::string directory_;
  int number_;
  base::BoardEntry far_;  // of rank 0, where it is on another node
  std::string far_written_;
  double far_at_ = 0.0;
};

}  // namespace tessera::supervisor
