// Launches a run, and relaunches it after faults until it is done.
#pragma once

#include "base/stopwatch.h"
#include "rundir/run_record.h"
#include "rundir/supervision.h"
#include "supervisor/attempt.h"
#include "supervisor/attempt_recorder.h"
#include "supervisor/host_pool.h"
#include "supervisor/launch_plan.h"
#include "supervisor/restart_policy.h"
#include "supervisor/time_account.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace tessera::supervisor {

/// The alternatives of State, in the same order.
enum class Phase {
  finding_hosts,  ///< waiting until a host responds
  launching,      ///< starting the next attempt
  watching,       ///< an attempt is running
  stopping,       ///< an attempt is running, and a stop has been requested
  concluded,      ///< the attempt has ended
  restarting,     ///< the attempt has ended with a fault; deciding whether and how to restart
  blocked,        ///< the attempt has ended because of its environment; deciding whether to wait
  backing_off,    ///< waiting before the next attempt
  finished
};

/// A running attempt, and the recorder that updates its record, which is the last in the history.
struct RunningAttempt {
  std::unique_ptr<Attempt> attempt;
  AttemptRecorder recorder;
};

struct FindingHosts {
  int probes = 0;  ///< number of probes so far
};
struct Launching {};
struct Watching {
  RunningAttempt running;
};
struct Stopping {
  RunningAttempt running;
  double since = 0.0;            ///< time of the request, or when the run was last seen saving, in seconds
  bool requested_early = false;  ///< whether the request may have been sent before the ranks could receive it
};
struct Concluded {
  AttemptEnd end;
  bool any_rank_started = false;     ///< whether any rank sent a heartbeat
  bool killed_by_interrupt = false;  ///< whether the attempt was killed on a second interrupt
};
struct Restarting {
  bool any_rank_started = false;
};
struct Blocked {
  int exit_code = 0;  ///< of the attempt
};
struct BackingOff {
  double seconds = 0.0;  ///< time to wait
};
struct Finished {
  int code = 0;  ///< exit code
};
using State = std::variant<FindingHosts, Launching, Watching, Stopping, Concluded, Restarting, Blocked,
                           BackingOff, Finished>;

/// Launches a run, watches it, and after a fault relaunches it from its newest checkpoint. Stores the run
/// history in supervision.json in the run directory. The caller must hold the supervisor lock of that
/// directory.
///
/// The supervisor is a state machine:
///
///     finding_hosts ─► launching ─► watching ──────────► concluded ─► finished (done, stopped, failed)
///           ▲                          └───► stopping ──────┘  │
///           └───── backing_off ◄───── restarting, blocked ◄────┘
///
/// Two more transitions end the run. From finding_hosts to finished: a stop was requested while no attempt
/// was running, the deadline is near, or no host ever responded. From restarting to finished: the supervisor
/// has given up, for example because all restarts are used up.
class Supervisor {
 public:
  struct Options {
    LaunchPlan plan;
    HostPool hosts;  ///< if empty, the plan's hostfile or else this host is used
    int max_restarts = 20;
    double hang_seconds = 60.0;  ///< see AttemptWatch::Limits
    /// How long to wait, without progress, for an environment that keeps the run from resuming, such as a
    /// full disk.
    double max_wait_seconds = 3600.0;
    std::optional<double> deadline;  ///< time by which the run must end, in seconds after construction
  };

  /// The subject of a message.
  enum class MessageKind { fault, restart, done, stopped, warning };
  using Report = std::function<void(MessageKind, const std::string&)>;

  /// `earlier`: the run history so far. `report` is called with each message for the user.
  Supervisor(Options options, rundir::Supervision earlier, Report report);

  /// Runs the state machine until the run is done or stopped, or the supervisor gives up. Returns the exit
  /// code: 0 (done), 75 (stopped; can be resumed), 130 (interrupted twice), 70 (gave up), 69 (no host
  /// responds), or the exit code of the run if another attempt would fail in the same way. Throws base::Error
  /// if mpirun cannot be started. Installs signal handlers while it runs; see StopSignals.
  int run();

  /// The first part of run(): cleans up after an earlier supervisor and starts the run history.
  void begin();
  /// Makes one transition, possibly to the same phase. The caller must own a StopSignals object.
  /// @pre phase() is not `finished`.
  void advance();
  Phase phase() const { return static_cast<Phase>(state_.index()); }

  const rundir::Supervision& history() const { return history_; }
  /// The error message if the supervisor gave up or no host responded; otherwise empty.
  const std::string& error_message() const { return error_message_; }

 private:
  State next(FindingHosts& state);
  State next(Launching& state);
  State next(Watching& state);
  State next(Stopping& state);
  State next(Concluded& state);
  State next(Restarting& state);
  State next(Blocked& state);
  State next(BackingOff& state);
  State next(Finished& state);

  rundir::AttemptRecord& record() { return history_.attempts.back(); }
  std::string add_record();
  std::optional<AttemptEnd> observe(RunningAttempt& running);
  void report_from_step();
  Concluded conclude(RunningAttempt& running, AttemptEnd end, bool stop_requested);
  Concluded kill(RunningAttempt& running, bool interrupted);
  bool is_locked_out(const AttemptEnd& end) const;
  std::optional<rundir::RunRecord> wait_for_done_record() const;
  bool completed_before_failing(const AttemptEnd& end) const;
  void set_aside_newest(const std::string& reason);
  Finished give_up(const std::string& reason);
  Finished finish(const std::string& status, int code);
  void report_end();
  void probe_hosts();
  bool must_end() const;
  bool is_past_deadline() const { return options_.deadline && stopwatch_.seconds() > *options_.deadline; }
  std::optional<double> seconds_left() const;
  void pause(double seconds) const;
  void save();

  Options options_;
  LaunchPlan plan_;  // for the next attempt
  rundir::Supervision history_;
  Report report_;
  std::string host_;
  std::string directory_;
  std::string error_message_;
  base::Stopwatch stopwatch_;
  RestartPolicy policy_;
  TimeAccount account_;
  HostPool hosts_;
  State state_;
  double saved_at_ = 0.0;
  std::int64_t highest_step_ = 0;         // of all attempts
  std::int64_t out_of_memory_kills_ = 0;  // at the start of the attempt
  int blocked_attempts_ = 0;      // number of consecutive attempts that ended because of their environment
  double blocked_seconds_ = 0.0;  // time waited since the last step
  int lockouts_ = 0;              // number of consecutive attempts that could not acquire the run's lock
  bool save_failed_ = false;
};

}  // namespace tessera::supervisor
