// Keeps a run going until it is done, whatever fails on the way.
#pragma once

#include "base/stopwatch.h"
#include "supervisor/attempt.h"
#include "supervisor/host_pool.h"
#include "supervisor/launch_plan.h"
#include "supervisor/restart_policy.h"
#include "supervisor/supervision.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tessera::supervisor {

/// Launches a run, watches it, and launches it again after a fault, from its newest checkpoint. Whoever makes
/// one holds the lock of the run directory. The story is kept in supervision.json there.
class Supervisor {
 public:
  struct Options {
    LaunchPlan plan;
    HostPool hosts;  ///< none: the plan's hostfile, or this host
    int max_restarts = 20;
    double hang_seconds = 60.0;
    std::optional<double> deadline;  ///< seconds from now by which the run must have ended
  };

  /// What a line is about.
  enum class Mark { fault, again, done, stopped, warning };
  using Tell = std::function<void(Mark, const std::string&)>;

  /// `earlier`: the story so far. `tell` gets a line for the person who watches.
  Supervisor(Options options, Supervision earlier, Tell tell);

  /// Until the run is done, stopped or given up. Returns the exit code: 0, 75 (stopped, can be gone on with),
  /// 130 (interrupted twice), 70 (given up), or that of the run where trying again is of no use. Throws
  /// base::Error where mpirun cannot be started. Takes the process's signals over meanwhile; see StopSignals.
  int run();

  const Supervision& story() const { return story_; }
  /// Why it gave up, as an error to print; empty when it did not.
  const std::string& diagnosis() const { return diagnosis_; }

 private:
  void close_orphan(AttemptRecord& record);
  AttemptRecord& begin_attempt();
  AttemptEnd one_attempt();
  bool must_end() const;
  bool is_locked_out(const AttemptEnd& end) const;
  bool ask_to_end(Attempt& attempt);
  void correct_beginning(AttemptRecord& record);
  void follow(const Attempt& attempt, AttemptRecord& record);
  void close(const AttemptEnd& end, AttemptRecord& record);
  bool prepare_next();
  void allot_hosts(AttemptRecord& record);
  bool find_hosts();
  void ask_hosts();
  void pause(double seconds) const;
  void give_up(const std::string& why);
  int finish(const std::string& status, int code);
  void fence();
  void save(bool durable);
  std::optional<double> seconds_left() const;

  Options options_;
  LaunchPlan plan_;  // of this attempt
  Supervision story_;
  Tell tell_;
  std::string host_;
  std::string directory_;
  std::string diagnosis_;
  base::Stopwatch watch_;
  RestartPolicy policy_;
  double earlier_seconds_;          // useful and lost, of earlier launches
  double kept_since_ = 0.0;         // work from then on is lost with the attempt
  std::optional<double> fault_at_;  // when a fault was noticed from which the run has not recovered
  std::string newest_;              // checkpoint
  double saved_at_ = 0.0;
  double listed_at_ = 0.0;
  int lockouts_ = 0;      // attempts in a row that were refused the run's lock
  bool began_ = false;    // whether any rank gave a sign of life in the last attempt
  bool stepped_ = false;  // in this attempt
  bool beginning_known_ = false;
  std::optional<double> stopping_at_;
  bool asked_early_ = false;  // to stop, before the ranks could hear it
  bool interrupted_ = false;
  bool save_failed_ = false;
};

}  // namespace tessera::supervisor
