#include "supervisor/supervisor.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/text.h"
#include "host/cgroup.h"
#include "host/process.h"
#include "host/stop_signals.h"
#include "rundir/checkpoint_names.h"
#include "supervisor/failure_report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace tessera::supervisor {

namespace {

using Outcome = AttemptEnd::Outcome;
using base::format_duration;
using host::StopSignals;
using rundir::list_checkpoints;
using rundir::newest_step;

// All times are in seconds.
constexpr double check_interval = 0.05;
constexpr double save_interval = 5.0;
constexpr double probe_timeout = 10.0;
/// Time between two probes if no host is responding, and the maximum number of probes.
constexpr double probe_interval = 10.0;
constexpr int max_probes = 30;
/// Time limit for stopping a run, not counting the time for its checkpoint.
constexpr double stop_timeout = 60.0;
/// No attempt is started if less time than this is left until the deadline.
constexpr double min_attempt_seconds = 2.0;
/// Maximum number of consecutive attempts that may fail to acquire the run's lock. With the delays between
/// them, they take half a minute.
constexpr int max_lockouts = 6;
/// Maximum time between two attempts while the environment keeps the run from resuming.
constexpr double max_blocked_delay = 60.0;
/// Maximum time until a file written by rank 0 becomes visible on this host.
constexpr double record_timeout = 3.0;
/// The largest attempt number accepted from the name of a checkpoint folder; Tessera never writes a larger
/// one.
constexpr std::uint32_t max_attempt = 999'999'999;

std::string plural(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Reads the run's record. Returns nullopt if there is none or it is damaged; the next attempt reports
/// damage.
std::optional<rundir::RunRecord> read_record(const std::string& directory) {
  try {
    return rundir::RunRecord::read(directory);
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

/// Indexed by Outcome.
constexpr std::array outcome_names{"done", "stopped", "failed", "fault", "blocked"};

AttemptEnd make_stopped_end() { return {Outcome::stopped, 0, std::nullopt}; }

}  // namespace

Supervisor::Supervisor(Options options, rundir::Supervision earlier, Report report)
    : options_{std::move(options)},
      plan_{options_.plan},
      history_{std::move(earlier)},
      report_{std::move(report)},
      host_{host::host_name()},
      directory_{options_.plan.directory},
      policy_{options_.max_restarts, newest_step(list_checkpoints(directory_))},
      account_{history_.lost_seconds, history_.useful_seconds},
      hosts_{std::move(options_.hosts)} {}

int Supervisor::run() {
  const StopSignals signals{StopSignals::Role::supervisor};
  begin();
  try {
    while (phase() != Phase::finished) advance();
  } catch (...) {
    finish("failed", 0);
    throw;
  }
  return std::get<Finished>(state_).code;
}

void Supervisor::begin() {
  probe_hosts();
  if (const std::string orphans = kill_orphans(directory_); !orphans.empty())
    report_(MessageKind::warning, orphans);
  history_.status = "running";
  history_.pid = getpid();
  history_.host = host_;
  history_.ranks = options_.plan.ranks;
  if (history_.start_time.empty()) history_.start_time = rundir::current_time_text();
  for (rundir::AttemptRecord& a : history_.attempts) {
    highest_step_ = std::max(highest_step_, a.last_step);
    if (a.outcome == "running") account_.add_lost(close_abandoned_attempt(a, directory_, host_));
  }
}

void Supervisor::advance() {
  state_ = std::visit([this](auto& state) { return next(state); }, state_);
}

State Supervisor::next(FindingHosts& state) {
  if (must_end()) {
    if (!StopSignals::stop_requested()) report_(MessageKind::warning, "the deadline has been reached");
    return finish("stopped", static_cast<int>(base::ExitCode::resumable));
  }
  if (hosts_.empty() || hosts_.allocate(options_.plan.ranks).ranks > 0) return Launching{};
  if (state.probes == 0) {
    report_(MessageKind::warning, "no host is responding; retrying every " + format_duration(probe_interval));
  }
  if (state.probes == max_probes) {
    error_message_ =
        "error: no host in the hostfile is responding\n"
        "  = check that the hosts are up: tessera doctor --hostfile FILE";
    return finish("failed", static_cast<int>(base::ExitCode::unavailable));
  }
  pause(probe_interval);
  if (!must_end()) probe_hosts();
  return FindingHosts{state.probes + 1};
}

State Supervisor::next(Launching&) {
  std::string newest = add_record();
  account_.begin_attempt(stopwatch_.seconds());
  out_of_memory_kills_ = host::out_of_memory_kills();
  save();
  auto attempt = std::make_unique<Attempt>(plan_, record().number, seconds_left(), options_.hang_seconds);
  return Watching{{std::move(attempt), AttemptRecorder{directory_, std::move(newest)}}};
}

State Supervisor::next(Watching& state) {
  Attempt& attempt = *state.running.attempt;
  if (const auto end = observe(state.running)) return conclude(state.running, *end, false);
  if (StopSignals::interrupts() > 1) return kill(state.running, true);
  if (StopSignals::stop_requested() || is_past_deadline()) {
    attempt.send(SIGUSR1);
    if (!is_past_deadline())
      report_(MessageKind::stopped,
              "stopping after writing a checkpoint; interrupt again to stop immediately");
    return Stopping{std::move(state.running), stopwatch_.seconds(), !attempt.progress().has_stepped()};
  }
  if (StopSignals::consume_checkpoint_request()) attempt.send(SIGUSR2);
  return std::move(state);
}

State Supervisor::next(Stopping& state) {
  Attempt& attempt = *state.running.attempt;
  if (const auto end = observe(state.running)) return conclude(state.running, *end, true);
  if (StopSignals::interrupts() > 1) return kill(state.running, true);
  if (state.requested_early && attempt.progress().has_stepped()) {
    state.requested_early = false;
    attempt.send(SIGUSR1);
  }
  // A checkpoint may take arbitrarily long; if it hangs, observe() detects that there are no heartbeats.
  if (attempt.progress().is_saving()) state.since = stopwatch_.seconds();
  if (stopwatch_.seconds() - state.since > stop_timeout) {
    report_(MessageKind::warning,
            fmt::format("the run did not stop within {} and was killed", format_duration(stop_timeout)));
    return kill(state.running, false);
  }
  if (StopSignals::consume_checkpoint_request()) attempt.send(SIGUSR2);
  return std::move(state);
}

State Supervisor::next(Concluded& state) {
  const AttemptEnd& end = state.end;
  if (completed_before_failing(end)) {
    report_(MessageKind::warning,
            "the run is done, but " + (end.fault ? rundir::describe(*end.fault, host_)
                                                 : fmt::format("it ended with exit code {}", end.exit_code)));
    return finish("done", 0);
  }
  switch (end.outcome) {
    case Outcome::done:
      return finish("done", 0);
    case Outcome::stopped:
      return finish("stopped", state.killed_by_interrupt ? 130 : static_cast<int>(base::ExitCode::resumable));
    case Outcome::failed:
      return finish("failed", end.exit_code);
    case Outcome::blocked:
      if (end.fault) {
        report_(MessageKind::fault, rundir::describe(*end.fault, host_));
        plan_.take_over = true;
        probe_hosts();
        record().lost_hosts = hosts_.lost_hosts_among(record().hosts);
      }
      return Blocked{end.exit_code};
    case Outcome::fault:
      break;
  }
  report_(MessageKind::fault, rundir::describe(*end.fault, host_));
  if (end.fault->signal == SIGILL) {
    probe_hosts();  // kills ranks that are left on hosts which mpirun no longer controls
    return give_up(
        "an illegal instruction fails in every attempt: the solver was built for another processor, or has a "
        "bug");
  }
  plan_.take_over = true;
  return Restarting{state.any_rank_started};
}

/// Ends the run after a fault, with an error message that contains `reason`.
Finished Supervisor::give_up(const std::string& reason) {
  error_message_ = failure_report(directory_, policy_.restarts() + 1, reason, *record().fault, host_);
  return finish("failed", static_cast<int>(base::ExitCode::internal));
}

State Supervisor::next(Restarting& state) {
  probe_hosts();
  record().lost_hosts = hosts_.lost_hosts_among(record().hosts);
  const RestartPolicy::Decision decision =
      policy_.decide(record().last_step, newest_step(list_checkpoints(directory_)), state.any_rank_started);
  if (decision.action == RestartPolicy::Action::give_up) return give_up(decision.reason);
  if (decision.action == RestartPolicy::Action::fall_back) set_aside_newest(decision.reason);
  return BackingOff{decision.delay};
}

/// A run that has never completed a step fails at once, so that a mistake shows immediately. Otherwise,
/// retries with increasing delays. Checkpoints are not set aside, because they did not cause the failure.
State Supervisor::next(Blocked& state) {
  const bool has_begun = highest_step_ > 0 || newest_step(list_checkpoints(directory_)).has_value();
  if (!has_begun) return finish("failed", state.exit_code);
  const double delay = std::min(max_blocked_delay, std::ldexp(1.0, std::min(blocked_attempts_++, 20)));
  if (blocked_seconds_ + delay > options_.max_wait_seconds) {
    report_(MessageKind::warning,
            fmt::format("the run still cannot continue after {} (exit code {}); solve the problem reported "
                        "above, then launch it again",
                        format_duration(blocked_seconds_), state.exit_code));
    return finish("stopped", static_cast<int>(base::ExitCode::resumable));
  }
  blocked_seconds_ += delay;
  report_(MessageKind::warning,
          fmt::format("attempt {} ended with exit code {} because of the problem reported above; all "
                      "checkpoints are kept, and the run continues once it is solved",
                      record().number, state.exit_code));
  return BackingOff{delay};
}

State Supervisor::next(BackingOff& state) {
  if (state.seconds > 0.0) {
    report_(MessageKind::restart,
            fmt::format("waiting {} before the next attempt", format_duration(state.seconds)));
  }
  pause(state.seconds);
  return FindingHosts{};
}

State Supervisor::next(Finished& state) {
  base::expects(false, "the supervisor has not finished");
  return state;
}

/// Adds the record of the next attempt and chooses its hosts. Returns the name of the newest checkpoint;
/// empty if there is none.
std::string Supervisor::add_record() {
  const auto checkpoints = list_checkpoints(directory_);
  rundir::AttemptRecord record;
  // Attempts that were started without a supervisor also have numbers.
  std::uint32_t last = 0;
  if (const auto run_record = read_record(directory_)) last = run_record->attempt;
  for (const rundir::CheckpointName& c : checkpoints) last = std::max(last, c.attempt);
  record.number = std::max(history_.next_attempt_number(), static_cast<int>(std::min(last, max_attempt)) + 1);
  assign_hosts(hosts_, options_.plan.ranks, plan_, record);
  if (record.ranks < options_.plan.ranks) {
    report_(MessageKind::warning,
            fmt::format("starting only {} of {} ranks: the hosts that respond have too few slots",
                        record.ranks, options_.plan.ranks));
  }
  record.start_time = rundir::current_time_text();
  record.from_step = record.last_step = newest_step(checkpoints).value_or(0);
  if (!history_.attempts.empty()) {
    const std::string from = checkpoints.empty() ? "the start" : fmt::format("step {}", record.from_step);
    const std::int64_t repeated = history_.attempts.back().last_step - record.from_step;
    report_(MessageKind::restart,
            fmt::format("attempt {} with {} from {}{}", record.number, plural(record.ranks, "rank"), from,
                        repeated > 0 ? fmt::format(": {} to repeat", plural(repeated, "step")) : ""));
  }
  history_.attempts.push_back(std::move(record));
  return checkpoints.empty() ? std::string{} : checkpoints.front().name;
}

/// Waits briefly, checks the attempt, and updates its record. Returns how the attempt ended; nullopt while it
/// is running.
std::optional<AttemptEnd> Supervisor::observe(RunningAttempt& running) {
  running.attempt->wait(check_interval);
  std::optional<AttemptEnd> end = running.attempt->check();
  const double now = stopwatch_.seconds();
  const AttemptRecorder::Changes changes = running.recorder.update(*running.attempt, record(), now);
  if (changes.first_step) {
    if (const auto recovery = account_.note_first_step(now)) {
      history_.attempts[history_.attempts.size() - 2].recovery_seconds = *recovery;
    }
    save();
  }
  if (changes.from_step_corrected) report_from_step();
  if (changes.new_checkpoint) account_.note_checkpoint(now);
  if (now - saved_at_ > save_interval) save();
  return end;
}

void Supervisor::report_from_step() {
  report_(MessageKind::restart,
          fmt::format("attempt {} resumes from step {}", record().number, record().from_step));
  save();
}

/// Kills the attempt. `interrupted`: whether the user requested this with a second interrupt.
Concluded Supervisor::kill(RunningAttempt& running, bool interrupted) {
  running.attempt->kill();
  Concluded concluded = conclude(running, make_stopped_end(), true);
  concluded.killed_by_interrupt = interrupted;
  return concluded;
}

/// Records the end of the attempt in the history. `stop_requested`: whether a stop had been requested; if
/// so, a fault counts as a stop.
Concluded Supervisor::conclude(RunningAttempt& running, AttemptEnd end, bool stop_requested) {
  const auto end_with_fault = [&](rundir::FaultKind kind, std::int64_t step) {
    rundir::Fault fault;
    fault.kind = kind;
    fault.exit_code = end.exit_code;
    fault.step = step;
    fault.detected_seconds = running.attempt->seconds();
    return AttemptEnd{Outcome::fault, end.exit_code, fault};
  };
  // Ranks may complete steps after the last check; for example, a rank suspended by SIGSTOP may run on
  // briefly when mpirun terminates the job.
  std::int64_t& last_step = record().last_step;
  last_step = std::max(last_step, newest_step(list_checkpoints(directory_)).value_or(0));
  bool any_rank_started = running.attempt->progress().any_rank_started();
  if (is_locked_out(end)) {
    end = end_with_fault(rundir::FaultKind::exit, record().from_step);
    any_rank_started = false;
    ++lockouts_;
  } else if (running.recorder.has_stepped()) {
    lockouts_ = 0;
  }
  if (last_step > highest_step_) {
    highest_step_ = last_step;
    blocked_attempts_ = 0;
    blocked_seconds_ = 0.0;
  }
  if (end.outcome == Outcome::done) {
    // Open MPI 5's mpirun may exit with code 0 even if ranks have died.
    if (const auto run_record = wait_for_done_record()) {
      last_step = std::max(last_step, run_record->step);
    } else {
      end = end_with_fault(rundir::FaultKind::launcher, last_step);
    }
  }
  if (end.fault && end.fault->signal == SIGKILL && host::out_of_memory_kills() > out_of_memory_kills_) {
    end.fault->out_of_memory = true;
    end.outcome = Outcome::blocked;
    end.exit_code = static_cast<int>(base::ExitCode::os_error);
  }
  if (stop_requested && (end.outcome == Outcome::fault || end.outcome == Outcome::blocked))
    end = make_stopped_end();
  if (running.recorder.correct_from_step(record())) report_from_step();
  record().outcome = outcome_names[static_cast<std::size_t>(end.outcome)];
  record().fault = end.fault;
  if (end.fault) {
    record().fault->message = rundir::describe(*end.fault, host_);
    account_.note_fault(stopwatch_.seconds() - std::max(0.0, record().seconds - end.fault->detected_seconds));
  } else if (end.outcome == Outcome::blocked) {
    account_.note_fault(stopwatch_.seconds());
  }
  save();
  return {std::move(end), any_rank_started, false};
}

/// Whether the attempt failed because a killed process of an earlier attempt may still hold the run's lock.
bool Supervisor::is_locked_out(const AttemptEnd& end) const {
  return plan_.take_over && lockouts_ < max_lockouts && end.outcome == Outcome::blocked &&
         end.exit_code == static_cast<int>(base::ExitCode::cannot_create);
}

/// Returns the run's record if its status is `done`, otherwise nullopt. Waits up to `record_timeout` for this
/// status, because changes on a file server may become visible late.
std::optional<rundir::RunRecord> Supervisor::wait_for_done_record() const {
  const base::Stopwatch since_start;
  for (;;) {
    std::optional<rundir::RunRecord> run_record = read_record(directory_);
    if (run_record && run_record->status == rundir::RunRecord::Status::done) return run_record;
    if (since_start.seconds() > record_timeout) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

/// Whether the attempt failed only after it had completed the run, so that no steps need to be repeated.
bool Supervisor::completed_before_failing(const AttemptEnd& end) const {
  if (end.outcome == Outcome::done || end.outcome == Outcome::stopped) return false;
  const auto run_record = read_record(directory_);
  return run_record && run_record->status == rundir::RunRecord::Status::done &&
         run_record->attempt == static_cast<std::uint32_t>(history_.attempts.back().number);
}

void Supervisor::set_aside_newest(const std::string& reason) {
  const auto checkpoints = list_checkpoints(directory_);
  if (checkpoints.empty()) {
    report_(MessageKind::warning, reason + "; trying once more from the beginning");
    return;
  }
  const std::string& name = checkpoints.front().name;
  const bool moved = rundir::set_aside(directory_, name);
  report_(MessageKind::warning,
          fmt::format("{}; checkpoint {} {}", reason, name,
                      moved ? "has been set aside; trying the previous checkpoint" : "cannot be set aside"));
  policy_.note_fall_back(newest_step(list_checkpoints(directory_)));
}

Finished Supervisor::finish(const std::string& status, int code) {
  const std::int64_t saved_step = newest_step(list_checkpoints(directory_)).value_or(0);
  const bool has_unsaved_steps =
      status == "stopped" && !history_.attempts.empty() && history_.attempts.back().last_step > saved_step;
  account_.finish(stopwatch_.seconds(), has_unsaved_steps);
  history_.status = status;
  if (!history_.attempts.empty() && record().outcome == "running") record().outcome = status;
  save();
  report_end();
  return {code};
}

void Supervisor::report_end() {
  if (history_.status == "done") {
    std::string text =
        fmt::format("done in {}, {}", format_duration(history_.useful_seconds + history_.lost_seconds),
                    plural(static_cast<std::int64_t>(history_.attempts.size()), "attempt"));
    if (history_.lost_seconds > 0.0) text += fmt::format(", {} lost", format_duration(history_.lost_seconds));
    report_(MessageKind::done, text);
  } else if (history_.status == "stopped") {
    const auto newest = newest_step(list_checkpoints(directory_));
    report_(MessageKind::stopped,
            newest ? fmt::format("stopped; launch the run again with --run-dir {} to resume from step {}",
                                 directory_, *newest)
                   : "stopped without a checkpoint");
  }
}

void Supervisor::probe_hosts() {
  for (const std::string& line : hosts_.probe(identifying_arguments(directory_), probe_timeout))
    report_(MessageKind::warning, line);
}

/// Whether the run must end, because a stop was requested or too little time is left for another attempt.
bool Supervisor::must_end() const {
  return StopSignals::stop_requested() || (options_.deadline && *seconds_left() < min_attempt_seconds);
}

std::optional<double> Supervisor::seconds_left() const {
  if (!options_.deadline) return std::nullopt;
  return *options_.deadline - stopwatch_.seconds();
}

/// Waits for `seconds`, or until must_end() returns true.
void Supervisor::pause(double seconds) const {
  const base::Stopwatch since_start;
  while (since_start.seconds() < seconds) {
    if (must_end()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

/// Writes the run history. If this fails, the run continues; of consecutive failures, only the first is
/// reported.
void Supervisor::save() {
  saved_at_ = stopwatch_.seconds();
  history_.lost_seconds = account_.lost();
  history_.useful_seconds = account_.useful(saved_at_);
  try {
    history_.write(rundir::Supervision::path_in(directory_));
    save_failed_ = false;
  } catch (const base::Error& e) {
    if (!std::exchange(save_failed_, true)) report_(MessageKind::warning, e.text());
  }
}

}  // namespace tessera::supervisor
