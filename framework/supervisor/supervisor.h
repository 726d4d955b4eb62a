// Launches a run, and relaunches it after faults, until it is done.
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
  finding_hosts,  ///< waits until a host responds
  launching,      ///< starts the next attempt
  watching,       ///< an attempt is running
  stopping,       ///< an attempt is running and has been asked to stop
  concluded,      ///< the attempt has ended
  restarting,     ///< a fault ended the attempt: decides whether to start another one
  backing_off,    ///< waits before the next attempt
  finished
};

/// A running attempt, and the recorder that updates its record, the last one in the history.
struct RunningAttempt {
  std::unique_ptr<Attempt> attempt;
  AttemptRecorder recorder;
};

struct FindingHosts {
  int probes = 0;
};
struct Launching {};
struct Watching {
  RunningAttempt running;
};
struct Stopping {
  RunningAttempt running;
  double since = 0.0;            ///< when the run was asked to stop, or was last seen saving, in seconds
  bool requested_early = false;  ///< whether the request came before any rank was ready to receive it
};
struct Concluded {
  AttemptEnd end;
  bool any_rank_started = false;     ///< whether any rank sent a heartbeat
  bool killed_by_interrupt = false;  ///< whether a second interrupt killed it
};
struct Restarting {
  bool any_rank_started = false;
};
struct BackingOff {
  double seconds = 0.0;
};
struct Finished {
  int code = 0;
};
using State =
    std::variant<FindingHosts, Launching, Watching, Stopping, Concluded, Restarting, BackingOff, Finished>;

/// Launches a run, watches it, and after a fault relaunches it from its newest checkpoint. The caller must
/// hold the supervisor's lock of the run directory. Stores the run history in supervision.json there.
///
/// The supervisor is a state machine:
///
///     finding_hosts ─► launching ─► watching ──────────► concluded ─► finished (done, stopped, failed)
///           ▲                          └───► stopping ──────┘  │
///           └───── backing_off ◄───── restarting ◄─────────────┘
///
/// If a stop is requested outside of watching, or the deadline is near, finding_hosts leads to finished. If
/// no host ever responds, or the restarts are used up, finding_hosts and restarting lead to finished.
class Supervisor {
 public:
  struct Options {
    LaunchPlan plan;
    HostPool hosts;  ///< if empty, the plan's hostfile or else this host is used
    int max_restarts = 20;
    double hang_seconds = 60.0;      ///< see AttemptWatch::Limits
    std::optional<double> deadline;  ///< when the run must have ended, in seconds after construction
  };

  /// What a message is about.
  enum class MessageKind { fault, restart, done, stopped, warning };
  using Report = std::function<void(MessageKind, const std::string&)>;

  /// `earlier`: the run history so far. `report` is called with each message for the user.
  Supervisor(Options options, rundir::Supervision earlier, Report report);

  /// Makes transitions until the run is done or stopped, or the supervisor gives up. Returns the exit code:
  /// 0, 75 (stopped, can be resumed), 130 (interrupted twice), 70 (gave up), 69 (no host responds), or the
  /// exit code of the run if another attempt would fail in the same way. Throws base::Error if mpirun cannot
  /// be started. Handles the signals of this process while it runs; see StopSignals.
  int run();

  /// The first part of run(): cleans up after an earlier supervisor and opens the run history.
  void begin();
  /// Makes one transition, which may be to the same phase. The caller must keep a StopSignals alive.
  /// @pre phase() is not `finished`.
  void advance();
  Phase phase() const { return static_cast<Phase>(state_.index()); }

  const rundir::Supervision& history() const { return history_; }
  /// The error message if the supervisor gave up or no host responded; empty otherwise.
  const std::string& diagnosis() const { return diagnosis_; }

 private:
  State next(FindingHosts& state);
  State next(Launching& state);
  State next(Watching& state);
  State next(Stopping& state);
  State next(Concluded& state);
  State next(Restarting& state);
  State next(BackingOff& state);
  State next(Finished& state);

  rundir::AttemptRecord& record() { return history_.attempts.back(); }
  std::string add_record();
  std::optional<AttemptEnd> observe(RunningAttempt& running);
  void report_from_step();
  Concluded conclude(RunningAttempt& running, AttemptEnd end, bool asked_to_stop);
  Concluded kill(RunningAttempt& running, bool interrupted);
  bool is_locked_out(const AttemptEnd& end) const;
  std::optional<rundir::RunRecord> record_if_done() const;
  bool is_done_anyway(const AttemptEnd& end) const;
  void set_aside_newest(const std::string& reason);
  Finished finish(const std::string& status, int code);
  void report_end();
  void probe_hosts();
  bool must_end() const;
  bool is_late() const { return options_.deadline && stopwatch_.seconds() > *options_.deadline; }
  std::optional<double> seconds_left() const;
  void pause(double seconds) const;
  void save(bool durable);

  Options options_;
  LaunchPlan plan_;  // for the next attempt
  rundir::Supervision history_;
  Report report_;
  std::string host_;
  std::string directory_;
  std::string diagnosis_;
  base::Stopwatch stopwatch_;
  RestartPolicy policy_;
  TimeAccount account_;
  HostPool hosts_;
  State state_;
  double saved_at_ = 0.0;
  int lockouts_ = 0;  // consecutive attempts that could not acquire the run's lock
  bool save_failed_ = false;
};

}  // namespace tessera::supervisor
