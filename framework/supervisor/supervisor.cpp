#include "supervisor/supervisor.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/text.h"
#include "host/process.h"
#include "host/stop_signals.h"
#include "rundir/checkpoint_names.h"
#include "supervisor/failure_report.h"

#include <algorithm>
#include <array>
#include <chrono>
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
constexpr double probe_seconds = 10.0;
/// Time between two probes if no host responds, and the maximum number of probes.
constexpr double probe_interval = 10.0;
constexpr int max_probes = 30;
/// Time limit for a run that was asked to stop, not counting its checkpoint.
constexpr double stop_seconds = 60.0;
/// No attempt is started closer to the deadline than this.
constexpr double min_attempt_seconds = 2.0;
/// Maximum number of consecutive attempts that may fail to acquire the run's lock. With the delays between
/// them, they take half a minute.
constexpr int max_lockouts = 6;
/// Time that a file server may take to show what rank 0 has written.
constexpr double record_seconds = 3.0;
/// Larger numbers can come only from folders that no attempt created.
constexpr std::uint32_t max_attempt = 999'999'999;

std::string plural(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Reads the run's record. Returns nullopt also if it is damaged: the attempt that needs it reports that.
std::optional<rundir::RunRecord> record_of(const std::string& directory) {
  try {
    return rundir::RunRecord::read(directory);
  } catch (const base::Error&) {
    return std::nullopt;
  }
}

/// In the order of Outcome.
constexpr std::array outcome_names{"done", "stopped", "failed", "fault"};

AttemptEnd stopped() { return {Outcome::stopped, 0, std::nullopt}; }

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
  const StopSignals signals{StopSignals::Of::supervisor};
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
  if (const std::string orphans = kill_orphans(directory_); !orphans.empty()) report_(Mark::warning, orphans);
  history_.status = "running";
  history_.pid = getpid();
  history_.host = host_;
  history_.ranks = options_.plan.ranks;
  if (history_.started.empty()) history_.started = rundir::time_text();
  for (rundir::AttemptRecord& a : history_.attempts) {
    if (a.outcome == "running") account_.add_lost(close_abandoned(a, directory_, host_));
  }
}

void Supervisor::advance() {
  state_ = std::visit([this](auto& state) { return next(state); }, state_);
}

State Supervisor::next(FindingHosts& state) {
  if (must_end()) {
    if (!StopSignals::stop_requested()) report_(Mark::warning, "the deadline has been reached");
    return finish("stopped", static_cast<int>(base::ExitCode::again));
  }
  if (hosts_.empty() || hosts_.allot(options_.plan.ranks).ranks > 0) return Launching{};
  if (state.tries == 0) {
    report_(Mark::warning, "no host responds; retrying every " + format_duration(probe_interval));
  }
  if (state.tries == max_probes) {
    diagnosis_ =
        "error: no host of the hostfile responds\n  = check that they are up: tessera doctor --hostfile FILE";
    return finish("failed", static_cast<int>(base::ExitCode::unavailable));
  }
  pause(probe_interval);
  if (!must_end()) probe_hosts();
  return FindingHosts{state.tries + 1};
}

State Supervisor::next(Launching&) {
  std::string newest = add_record();
  account_.begin_attempt(watch_.seconds());
  save(true);
  auto attempt = std::make_unique<Attempt>(plan_, record().number, seconds_left(), options_.hang_seconds);
  return Watching{{std::move(attempt), AttemptRecorder{directory_, std::move(newest)}}};
}

State Supervisor::next(Watching& state) {
  Attempt& attempt = *state.running.attempt;
  if (const auto end = observe(state.running)) return conclude(state.running, *end, false);
  if (StopSignals::interrupts() > 1) return kill(state.running, true);
  if (StopSignals::stop_requested() || is_late()) {
    attempt.send(SIGUSR1);
    if (!is_late())
      report_(Mark::stopped, "stopping with a checkpoint; interrupt again to end the run immediately");
    return Stopping{std::move(state.running), watch_.seconds(), !attempt.progress().stepped()};
  }
  if (StopSignals::consume_checkpoint_request()) attempt.send(SIGUSR2);
  return std::move(state);
}

State Supervisor::next(Stopping& state) {
  Attempt& attempt = *state.running.attempt;
  if (const auto end = observe(state.running)) return conclude(state.running, *end, true);
  if (StopSignals::interrupts() > 1) return kill(state.running, true);
  if (state.asked_early && attempt.progress().stepped()) {
    state.asked_early = false;
    attempt.send(SIGUSR1);
  }
  // A checkpoint may take any length of time: it hangs only if the heartbeats cease.
  if (attempt.progress().saving()) state.since = watch_.seconds();
  if (watch_.seconds() - state.since > stop_seconds) {
    report_(Mark::warning,
            fmt::format("the run did not stop within {} and was killed", format_duration(stop_seconds)));
    return kill(state.running, false);
  }
  if (StopSignals::consume_checkpoint_request()) attempt.send(SIGUSR2);
  return std::move(state);
}

State Supervisor::next(Concluded& state) {
  const AttemptEnd& end = state.end;
  if (is_done_anyway(end)) {
    report_(Mark::warning,
            "the run is done, but " + (end.fault ? rundir::describe(*end.fault, host_)
                                                 : fmt::format("it ended with exit code {}", end.exit_code)));
    return finish("done", 0);
  }
  switch (end.outcome) {
    case Outcome::done:
      return finish("done", 0);
    case Outcome::stopped:
      return finish("stopped", state.interrupted ? 130 : static_cast<int>(base::ExitCode::again));
    case Outcome::failed:
      return finish("failed", end.exit_code);
    case Outcome::fault:
      break;
  }
  report_(Mark::fault, rundir::describe(*end.fault, host_));
  plan_.take_over = true;
  return Restarting{state.began};
}

State Supervisor::next(Restarting& state) {
  probe_hosts();
  record().lost_hosts = hosts_.lost_of(record().hosts);
  const RestartPolicy::Decision decision =
      policy_.after(record().last_step, newest_step(list_checkpoints(directory_)), state.began);
  if (decision.action == RestartPolicy::Action::give_up) {
    diagnosis_ = failure_report(directory_, policy_.restarts() + 1, decision.why, *record().fault, host_);
    return finish("failed", static_cast<int>(base::ExitCode::internal));
  }
  if (decision.action == RestartPolicy::Action::fall_back) set_aside_newest(decision.why);
  return BackingOff{decision.delay};
}

State Supervisor::next(BackingOff& state) {
  if (state.seconds > 0.0) {
    report_(Mark::restart, fmt::format("waiting {} before the next attempt", format_duration(state.seconds)));
  }
  pause(state.seconds);
  return FindingHosts{};
}

State Supervisor::next(Finished& state) {
  base::expects(false, "the supervisor has not finished");
  return state;
}

/// Adds a record of the next attempt and chooses its hosts. Returns the name of the newest checkpoint, or "".
std::string Supervisor::add_record() {
  const auto checkpoints = list_checkpoints(directory_);
  rundir::AttemptRecord record;
  // Attempts that were started without a supervisor are numbered as well.
  std::uint32_t last = 0;
  if (const auto own = record_of(directory_)) last = own->attempt;
  for (const rundir::CheckpointName& c : checkpoints) last = std::max(last, c.attempt);
  record.number = std::max(history_.next_number(), static_cast<int>(std::min(last, max_attempt)) + 1);
  assign_hosts(hosts_, options_.plan.ranks, plan_, record);
  if (record.ranks < options_.plan.ranks) {
    report_(Mark::warning, fmt::format("only {} of {} ranks: the hosts that respond have no more slots",
                                       record.ranks, options_.plan.ranks));
  }
  record.started = rundir::time_text();
  record.from_step = record.last_step = newest_step(checkpoints).value_or(0);
  if (!history_.attempts.empty()) {
    const std::string from = checkpoints.empty() ? "the start" : fmt::format("step {}", record.from_step);
    const std::int64_t repeated = history_.attempts.back().last_step - record.from_step;
    report_(Mark::restart,
            fmt::format("attempt {} with {} from {}{}", record.number, plural(record.ranks, "rank"), from,
                        repeated > 0 ? fmt::format(": {} to repeat", plural(repeated, "step")) : ""));
  }
  history_.attempts.push_back(std::move(record));
  return checkpoints.empty() ? std::string{} : checkpoints.front().name;
}

/// Waits briefly and updates the record. Returns how the attempt ended; nullopt while it runs.
std::optional<AttemptEnd> Supervisor::observe(Running& running) {
  running.attempt->wait(check_interval);
  std::optional<AttemptEnd> end = running.attempt->check();
  const double now = watch_.seconds();
  const AttemptRecorder::Changes changes = running.recorder.update(*running.attempt, record(), now);
  if (changes.first_step) {
    if (const auto recovery = account_.note_first_step(now)) {
      history_.attempts[history_.attempts.size() - 2].recovery_seconds = *recovery;
    }
    save(true);
  }
  if (changes.beginning) report_beginning();
  if (changes.checkpoint) account_.note_checkpoint(now);
  if (now - saved_at_ > save_interval) save(false);
  return end;
}

void Supervisor::report_beginning() {
  report_(Mark::restart, fmt::format("attempt {} resumes from step {}", record().number, record().from_step));
  save(true);
}

/// Kills the attempt. `interrupted`: whether the user requested it.
Concluded Supervisor::kill(Running& running, bool interrupted) {
  running.attempt->kill();
  Concluded concluded = conclude(running, stopped(), true);
  concluded.interrupted = interrupted;
  return concluded;
}

/// Records the end of the attempt in the history. `asked`: it was asked to stop, so that any end is accepted.
Concluded Supervisor::conclude(Running& running, AttemptEnd end, bool asked) {
  const auto fault_of = [&](rundir::FaultKind kind, std::int64_t step) {
    rundir::Fault fault;
    fault.kind = kind;
    fault.exit_code = end.exit_code;
    fault.step = step;
    fault.detected_seconds = running.attempt->seconds();
    return AttemptEnd{Outcome::fault, end.exit_code, fault};
  };
  // Steps may follow the last check of the ranks: a stopped rank resumes when mpirun ends it.
  std::int64_t& last_step = record().last_step;
  last_step = std::max(last_step, newest_step(list_checkpoints(directory_)).value_or(0));
  bool began = running.attempt->progress().any_began();
  if (is_locked_out(end)) {
    end = fault_of(rundir::FaultKind::exit, record().from_step);
    began = false;
    ++lockouts_;
  } else if (running.recorder.stepped()) {
    lockouts_ = 0;
  }
  if (end.outcome == Outcome::done) {
    // mpirun of Open MPI 5 may exit with 0 although it has lost ranks.
    if (const auto own = record_of_done()) {
      last_step = std::max(last_step, own->step);
    } else {
      end = fault_of(rundir::FaultKind::launcher, last_step);
    }
  }
  if (asked && end.outcome == Outcome::fault) end = stopped();
  if (running.recorder.correct_beginning(record())) report_beginning();
  record().outcome = outcome_names[static_cast<std::size_t>(end.outcome)];
  record().fault = end.fault;
  if (end.fault) {
    record().fault->message = rundir::describe(*end.fault, host_);
    account_.note_fault(watch_.seconds() - std::max(0.0, record().seconds - end.fault->detected_seconds));
  }
  save(true);
  return {std::move(end), began, false};
}

/// Whether a killed process of an earlier attempt may still hold the run's lock.
bool Supervisor::is_locked_out(const AttemptEnd& end) const {
  return plan_.take_over && lockouts_ < max_lockouts && end.outcome == Outcome::failed &&
         end.exit_code == static_cast<int>(base::ExitCode::cannot_create);
}

/// The record if it says that the run is done. Waits a moment for a file server that does not show it yet.
std::optional<rundir::RunRecord> Supervisor::record_of_done() const {
  const base::Stopwatch since;
  for (;;) {
    std::optional<rundir::RunRecord> own = record_of(directory_);
    if (own && own->status == rundir::RunRecord::Status::done) return own;
    if (since.seconds() > record_seconds) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

/// Whether the attempt finished the run before it failed, so that there is nothing to repeat.
bool Supervisor::is_done_anyway(const AttemptEnd& end) const {
  if (end.outcome != Outcome::fault && end.outcome != Outcome::failed) return false;
  const auto own = record_of(directory_);
  return own && own->status == rundir::RunRecord::Status::done &&
         own->attempt == static_cast<std::uint32_t>(history_.attempts.back().number);
}

void Supervisor::set_aside_newest(const std::string& why) {
  const auto checkpoints = list_checkpoints(directory_);
  if (checkpoints.empty()) {
    report_(Mark::warning, why + "; the last attempt starts from the beginning");
    return;
  }
  const std::string& name = checkpoints.front().name;
  const bool done = rundir::set_aside(directory_, name);
  report_(Mark::warning,
          fmt::format("{}; checkpoint {} {}", why, name,
                      done ? "has been set aside; trying the previous one" : "cannot be set aside"));
  policy_.fell_back(newest_step(list_checkpoints(directory_)));
}

Finished Supervisor::finish(const std::string& status, int code) {
  const std::int64_t kept = newest_step(list_checkpoints(directory_)).value_or(0);
  const bool unsaved =
      status == "stopped" && !history_.attempts.empty() && history_.attempts.back().last_step > kept;
  account_.finish(watch_.seconds(), unsaved);
  history_.status = status;
  if (!history_.attempts.empty() && record().outcome == "running") record().outcome = status;
  save(true);
  report_end();
  return {code};
}

void Supervisor::report_end() {
  if (history_.status == "done") {
    std::string text =
        fmt::format("done in {}, {}", format_duration(history_.useful_seconds + history_.lost_seconds),
                    plural(static_cast<std::int64_t>(history_.attempts.size()), "attempt"));
    if (history_.lost_seconds > 0.0) text += fmt::format(", {} lost", format_duration(history_.lost_seconds));
    report_(Mark::done, text);
  } else if (history_.status == "stopped") {
    const auto newest = newest_step(list_checkpoints(directory_));
    report_(Mark::stopped,
            newest ? fmt::format("stopped; launch it again with --run-dir {} to resume from step {}",
                                 directory_, *newest)
                   : "stopped without a checkpoint");
  }
}

void Supervisor::probe_hosts() {
  for (const std::string& line : hosts_.probe(mark_of(directory_), probe_seconds))
    report_(Mark::warning, line);
}

/// Whether no further attempt may be started.
bool Supervisor::must_end() const {
  return StopSignals::stop_requested() || (options_.deadline && *seconds_left() < min_attempt_seconds);
}

std::optional<double> Supervisor::seconds_left() const {
  if (!options_.deadline) return std::nullopt;
  return *options_.deadline - watch_.seconds();
}

/// Waits for `seconds`, or until must_end().
void Supervisor::pause(double seconds) const {
  const base::Stopwatch waited;
  while (waited.seconds() < seconds) {
    if (must_end()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

/// Writes the history. The run continues if that fails; only the first of consecutive failures is reported.
void Supervisor::save(bool durable) {
  saved_at_ = watch_.seconds();
  history_.lost_seconds = account_.lost();
  history_.useful_seconds = account_.useful(saved_at_);
  try {
    history_.write(rundir::Supervision::path_in(directory_), durable);
    save_failed_ = false;
  } catch (const base::Error& e) {
    if (!std::exchange(save_failed_, true)) report_(Mark::warning, e.text());
  }
}

}  // namespace tessera::supervisor
