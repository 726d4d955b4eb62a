#include "supervisor/supervisor.h"

#include "base/checkpoint_names.h"
#include "base/error.h"
#include "base/text.h"
#include "supervisor/process.h"
#include "supervisor/run_record.h"
#include "supervisor/stop_signals.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace tessera::supervisor {

namespace {

using Outcome = AttemptEnd::Outcome;
using base::CheckpointName;
using base::format_duration;
using base::list_checkpoints;
using base::newest_step;

constexpr double look_every = 0.05;
constexpr double list_every = 1.0;
constexpr double save_every = 5.0;
/// For the hosts to answer whether they are there.
constexpr double probe_seconds = 10.0;
/// Between two questions to hosts of which none has answered, and how often they are put.
constexpr double host_pause = 10.0;
constexpr int host_tries = 30;
/// How long a run that was asked to stop may take for it, its checkpoint aside.
constexpr double stop_seconds = 60.0;
/// Nothing is started for less than this before the deadline.
constexpr double least_seconds = 2.0;
/// Attempts in a row that the run's lock may be refused to: half a minute, with the waits between them.
constexpr int most_lockouts = 6;
constexpr std::size_t shown_lines = 8;

std::string plural(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// The end of the run's log, indented.
std::string last_lines(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - 8192));
  std::deque<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
    if (lines.size() > shown_lines) lines.pop_front();
  }
  std::string text;
  for (const std::string& line : lines) text += "\n    " + base::printable(line, 300);
  return text;
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::done:
      return "done";
    case Outcome::stopped:
      return "stopped";
    case Outcome::failed:
      return "failed";
    case Outcome::fault:
      break;
  }
  return "fault";
}

}  // namespace

Supervisor::Supervisor(Options options, Supervision earlier, Tell tell)
    : options_{std::move(options)},
      plan_{options_.plan},
      story_{std::move(earlier)},
      tell_{std::move(tell)},
      host_{host_name()},
      directory_{options_.plan.directory},
      policy_{options_.max_restarts, newest_step(list_checkpoints(directory_))},
      earlier_seconds_{story_.lost_seconds + story_.useful_seconds} {}

int Supervisor::run() {
  const StopSignals signals;
  fence();
  story_.status = "running";
  story_.pid = getpid();
  story_.host = host_;
  story_.ranks = options_.plan.ranks;
  if (story_.started.empty()) story_.started = time_text();
  for (AttemptRecord& a : story_.attempts) {
    if (a.outcome == "running") close_orphan(a);
  }
  try {
    for (;;) {
      if (must_end()) {
        if (!StopSignals::stop_asked()) tell_(Mark::warning, "the deadline has come");
        return finish("stopped", 75);
      }
      if (!find_hosts()) {
        if (must_end()) continue;
        return finish("failed", static_cast<int>(base::ExitCode::unavailable));
      }
      AttemptEnd end = one_attempt();
      // A mpirun that does not end after its ranks is no reason to do anything again.
      if (end.outcome == Outcome::fault && end.fault->kind == FaultKind::hang &&
          end.fault->phase == base::BoardPhase::finished) {
        const auto own = RunRecord::read(directory_);
        if (own && own->status == "done") return finish("done", 0);
      }
      switch (end.outcome) {
        case Outcome::done:
          return finish("done", 0);
        case Outcome::stopped:
          return finish("stopped", interrupted_ ? 130 : 75);
        case Outcome::failed:
          return finish("failed", end.exit_code);
        case Outcome::fault:
          break;
      }
      tell_(Mark::fault, describe(*end.fault, host_));
      plan_.take_over = true;
      if (!prepare_next()) return finish("failed", static_cast<int>(base::ExitCode::internal));
    }
  } catch (...) {
    finish("failed", 0);
    throw;
  }
}

/// An attempt that a supervisor who died has left open: what is known of it is in the run directory.
void Supervisor::close_orphan(AttemptRecord& record) {
  namespace fs = std::filesystem;
  record.outcome = "fault";
  Fault fault;
  fault.kind = FaultKind::supervisor;
  const auto last = ProgressRecord::read(directory_);
  const bool told = last && last->attempt == record.number;
  if (told) record.last_step = std::max(record.last_step, last->step);
  const auto checkpoints = list_checkpoints(directory_);
  if (!checkpoints.empty()) record.last_step = std::max(record.last_step, checkpoints.front().step);
  fault.step = record.last_step;
  fault.message = describe(fault, host_);
  record.fault = fault;
  // What was done after the newest checkpoint is done again. Both times are the file server's.
  std::error_code none;
  const auto alive = fs::last_write_time(directory_ + "/progress.json", none);
  if (none || checkpoints.empty() || !told) return;
  const auto kept = fs::last_write_time(directory_ + "/checkpoints/" + checkpoints.front().name, none);
  if (none || alive <= kept) return;
  story_.lost_seconds += std::chrono::duration<double>(alive - kept).count();
}

/// Whether nothing is to be started any more.
bool Supervisor::must_end() const {
  return StopSignals::stop_asked() || (options_.deadline && *seconds_left() < least_seconds);
}

/// Kills what a supervisor that died may have left behind.
void Supervisor::fence() {
  ask_hosts();
  const std::vector<Process> orphans = processes_with_arguments(mark_of(directory_));
  if (orphans.empty()) return;
  const bool gone = kill_and_wait(orphans, 5.0);
  tell_(Mark::warning, fmt::format("what an earlier launch had left at work {} ({})",
                                   gone ? "has been ended" : "cannot be ended",
                                   plural(static_cast<std::int64_t>(orphans.size()), "orphan")));
}

AttemptRecord& Supervisor::begin_attempt() {
  const auto checkpoints = list_checkpoints(directory_);
  AttemptRecord record;
  record.number = story_.next_number();
  for (const CheckpointName& c : checkpoints) {
    record.number = std::max(record.number, static_cast<int>(c.attempt) + 1);
  }
  allot_hosts(record);
  record.started = time_text();
  record.from_step = record.last_step = newest_step(checkpoints).value_or(0);
  newest_ = checkpoints.empty() ? "" : checkpoints.front().name;
  if (!story_.attempts.empty()) {
    const std::string from = checkpoints.empty() ? "the start" : fmt::format("step {}", record.from_step);
    const std::int64_t again = story_.attempts.back().last_step - record.from_step;
    tell_(Mark::again,
          fmt::format("attempt {} with {} from {}{}", record.number, plural(record.ranks, "rank"), from,
                      again > 0 ? fmt::format(": {} to repeat", plural(again, "step")) : ""));
  }
  beginning_known_ = false;
  story_.attempts.push_back(std::move(record));
  kept_since_ = watch_.seconds();
  stepped_ = false;
  save(true);
  return story_.attempts.back();
}

AttemptEnd Supervisor::one_attempt() {
  AttemptRecord& record = begin_attempt();
  Attempt attempt{plan_, record.number, seconds_left(), options_.hang_seconds};
  for (;;) {
    attempt.wait(look_every);
    std::optional<AttemptEnd> end = attempt.look();
    follow(attempt, record);
    if (!end && ask_to_end(attempt)) end = AttemptEnd{Outcome::stopped, 0, std::nullopt};
    if (!end) continue;
    began_ = attempt.progress().any_began();
    if (is_locked_out(*end)) {
      Fault fault;
      fault.kind = FaultKind::exit;
      fault.exit_code = end->exit_code;
      fault.step = record.from_step;
      fault.detected_seconds = attempt.seconds();
      end = AttemptEnd{Outcome::fault, end->exit_code, fault};
      began_ = false;
      ++lockouts_;
    } else if (stepped_) {
      lockouts_ = 0;
    }
    // Who has been asked to stop need not do it well.
    if (stopping_at_ && end->outcome == Outcome::fault) end = AttemptEnd{Outcome::stopped, 0, std::nullopt};
    close(*end, record);
    return *end;
  }
}

/// Whether a process of an attempt before may still hold the run's lock: it is being ended, which may take
/// the system a while.
bool Supervisor::is_locked_out(const AttemptEnd& end) const {
  return plan_.take_over && lockouts_ < most_lockouts && end.outcome == Outcome::failed &&
         end.exit_code == static_cast<int>(base::ExitCode::cannot_create);
}

/// Hands on what signals ask for; whether the attempt has been killed for it.
bool Supervisor::ask_to_end(Attempt& attempt) {
  const double now = watch_.seconds();
  if (StopSignals::interrupts() > 1) {
    interrupted_ = true;
    attempt.kill();
    return true;
  }
  const bool late = options_.deadline && now > *options_.deadline;
  if (!stopping_at_ && (StopSignals::stop_asked() || late)) {
    stopping_at_ = now;
    asked_early_ = !attempt.progress().stepped();
    attempt.send(SIGUSR1);
    if (!late) tell_(Mark::stopped, "stops with a checkpoint; interrupted twice, it ends at once");
  } else if (stopping_at_ && asked_early_ && attempt.progress().stepped()) {
    asked_early_ = false;
    attempt.send(SIGUSR1);
  }
  // A checkpoint takes the time that it takes: it is a hang when there is no sign of life.
  if (stopping_at_ && attempt.progress().saving()) stopping_at_ = now;
  if (stopping_at_ && now - *stopping_at_ > stop_seconds) {
    tell_(Mark::warning,
          fmt::format("the run did not stop within {} and was killed", format_duration(stop_seconds)));
    attempt.kill();
    return true;
  }
  if (StopSignals::take_checkpoint_asked()) attempt.send(SIGUSR2);
  return false;
}

/// A checkpoint of the nodes' own may have been newer than those of the run directory.
void Supervisor::correct_beginning(AttemptRecord& record) {
  if (beginning_known_) return;
  const std::optional<ProgressRecord> now = ProgressRecord::read(directory_);
  if (!now || now->attempt != record.number || now->step <= now->from_step) return;
  beginning_known_ = true;
  if (now->from_step == record.from_step) return;
  record.from_step = now->from_step;
  tell_(Mark::again, fmt::format("attempt {} goes on from step {}", record.number, record.from_step));
  save(true);
}

/// Takes down how far the attempt is.
void Supervisor::follow(const Attempt& attempt, AttemptRecord& record) {
  const double now = watch_.seconds();
  record.seconds = attempt.seconds();
  record.last_step = std::max(record.last_step, attempt.progress().highest_step());
  if (attempt.progress().stepped() && !stepped_) {
    stepped_ = true;
    kept_since_ = now;
    record.pids = attempt.pids();
    if (fault_at_) {
      const double recovery = now - *fault_at_;
      story_.lost_seconds += recovery;
      story_.attempts[story_.attempts.size() - 2].recovery_seconds = recovery;
      fault_at_.reset();
    }
    save(true);
  }
  if (now - listed_at_ > list_every) {
    listed_at_ = now;
    correct_beginning(record);
    const auto checkpoints = list_checkpoints(directory_);
    if (!checkpoints.empty() && checkpoints.front().name != newest_) {
      newest_ = checkpoints.front().name;
      kept_since_ = now;
    }
  }
  if (now - saved_at_ > save_every) save(false);
}

void Supervisor::close(const AttemptEnd& end, AttemptRecord& record) {
  correct_beginning(record);
  if (end.outcome == Outcome::done) {  // the last steps may have come between two looks
    if (const auto own = RunRecord::read(directory_))
      record.last_step = std::max(record.last_step, own->steps);
  }
  record.outcome = outcome_name(end.outcome);
  record.fault = end.fault;
  if (record.fault) record.fault->message = describe(*end.fault, host_);
  if (end.outcome == Outcome::fault) {
    const double noticed = watch_.seconds() - std::max(0.0, record.seconds - end.fault->detected_seconds);
    story_.lost_seconds += std::max(0.0, noticed - fault_at_.value_or(kept_since_));
    fault_at_ = noticed;
  }
  save(true);
}

/// After a fault; false when there is to be no next attempt.
bool Supervisor::prepare_next() {
  ask_hosts();
  AttemptRecord& last = story_.attempts.back();
  for (const PoolHost& h : options_.hosts.hosts()) {
    if (h.out && std::find(last.hosts.begin(), last.hosts.end(), h.entry.name) != last.hosts.end())
      last.lost_hosts.push_back(h.entry.name);
  }
  auto checkpoints = list_checkpoints(directory_);
  const RestartPolicy::Decision decision =
      policy_.after(story_.attempts.back().last_step, newest_step(checkpoints), began_);
  if (decision.action == RestartPolicy::Action::give_up) {
    give_up(decision.why);
    return false;
  }
  if (decision.action == RestartPolicy::Action::fall_back) {
    if (checkpoints.empty()) {
      tell_(Mark::warning, decision.why + "; the last try is from the start");
    } else {
      const std::string name = checkpoints.front().name;
      const bool done = base::set_aside(directory_, name);
      tell_(Mark::warning,
            fmt::format("{}; checkpoint {} {}", decision.why, name,
                        done ? "is set aside, and the one before is tried" : "cannot be set aside"));
      policy_.fell_back(newest_step(list_checkpoints(directory_)));
    }
  }
  if (decision.delay > 0.0) {
    tell_(Mark::again, fmt::format("waits {} before the next attempt", format_duration(decision.delay)));
  }
  pause(decision.delay);
  return true;
}

/// Which hosts are there; what is left of the run on them is killed.
void Supervisor::ask_hosts() {
  for (const std::string& line : options_.hosts.probe(mark_of(directory_), probe_seconds)) {
    tell_(Mark::warning, line);
  }
}

/// Which hosts the attempt gets; it is known that there are some.
void Supervisor::allot_hosts(AttemptRecord& record) {
  record.ranks = plan_.ranks = options_.plan.ranks;
  if (options_.hosts.empty()) return;
  const HostPool::Allotment share = options_.hosts.allot(options_.plan.ranks);
  record.ranks = plan_.ranks = share.ranks;
  for (const base::HostEntry& h : share.hosts) record.hosts.push_back(h.name);
  if (share.ranks < options_.plan.ranks) {
    tell_(Mark::warning, fmt::format("only {} of {} ranks: the hosts that answer have no more slots",
                                     share.ranks, options_.plan.ranks));
  }
  plan_.hostfile = fmt::format("{}/logs/hosts-{}", directory_, record.number);
  std::error_code ignored;
  std::filesystem::create_directories(directory_ + "/logs", ignored);
  std::ofstream file{plan_.hostfile, std::ios::trunc};
  file << (plan_.kind == LaunchPlan::Kind::hydra ? share.hydra_hostfile() : share.hostfile());
  file.close();
  if (!file) {
    throw base::Error(base::ExitCode::io_error, fmt::format("cannot write `{}`", plan_.hostfile),
                      "is the file system full, or read-only?");
  }
}

/// Waits until a host answers; false when it is of no use any more.
bool Supervisor::find_hosts() {
  if (options_.hosts.empty()) return true;
  for (int tries = 0; options_.hosts.allot(options_.plan.ranks).ranks == 0; ++tries) {
    if (tries == 0)
      tell_(Mark::warning, "no host answers; they are asked again every " + format_duration(host_pause));
    if (must_end()) return false;
    if (tries == host_tries) {
      diagnosis_ =
          "error: no host of the hostfile answers\n  = see that they are up: tessera doctor --hostfile FILE";
      return false;
    }
    pause(host_pause);
    ask_hosts();
  }
  return true;
}

/// Waits, unless it is asked to stop.
void Supervisor::pause(double seconds) const {
  const base::Stopwatch waited;
  while (waited.seconds() < seconds) {
    if (must_end()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

void Supervisor::give_up(const std::string& why) {
  const AttemptRecord& last = story_.attempts.back();
  diagnosis_ = fmt::format("error: gave up after {}: {}", plural(policy_.restarts() + 1, "attempt"), why);
  diagnosis_ += fmt::format("\n  last: {}", describe(*last.fault, host_));
  const std::string log = directory_ + "/run.log";
  if (const std::string lines = last_lines(log); !lines.empty())
    diagnosis_ += "\n  " + log + " ends with:" + lines;
  const auto checkpoints = list_checkpoints(directory_);
  diagnosis_ +=
      checkpoints.empty()
          ? "\n  = mend what fails, then launch it again"
          : fmt::format("\n  = mend what fails; then `tessera launch ... --run-dir {}` goes on from step {}",
                        directory_, checkpoints.front().step);
}

int Supervisor::finish(const std::string& status, int code) {
  if (fault_at_) {
    story_.lost_seconds += watch_.seconds() - *fault_at_;
  } else if (status == "stopped" && !story_.attempts.empty() &&
             story_.attempts.back().last_step > newest_step(list_checkpoints(directory_)).value_or(0)) {
    // What has come after the newest checkpoint will have to be done again.
    story_.lost_seconds += std::max(0.0, watch_.seconds() - kept_since_);
  }
  fault_at_.reset();
  story_.status = status;
  if (!story_.attempts.empty() && story_.attempts.back().outcome == "running") {
    story_.attempts.back().outcome = status;
  }
  save(true);
  if (status == "done") {
    std::string text =
        fmt::format("done in {}, {}", format_duration(story_.useful_seconds + story_.lost_seconds),
                    plural(static_cast<std::int64_t>(story_.attempts.size()), "attempt"));
    if (story_.lost_seconds > 0.0) text += fmt::format(", {} lost", format_duration(story_.lost_seconds));
    tell_(Mark::done, text);
  } else if (status == "stopped") {
    const auto newest = newest_step(list_checkpoints(directory_));
    tell_(Mark::stopped,
          newest ? fmt::format("stopped; launched again with --run-dir {} it goes on from step {}",
                               directory_, *newest)
                 : "stopped without a checkpoint");
  }
  return code;
}

void Supervisor::save(bool durable) {
  saved_at_ = watch_.seconds();
  story_.useful_seconds = std::max(0.0, earlier_seconds_ + watch_.seconds() - story_.lost_seconds);
  try {
    story_.write(Supervision::path_in(directory_), durable);
    save_failed_ = false;
  } catch (const base::Error& e) {
    // The run matters more than its story.
    if (!std::exchange(save_failed_, true)) tell_(Mark::warning, e.text());
  }
}

std::optional<double> Supervisor::seconds_left() const {
  if (!options_.deadline) return std::nullopt;
  return *options_.deadline - watch_.seconds();
}

}  // namespace tessera::supervisor
