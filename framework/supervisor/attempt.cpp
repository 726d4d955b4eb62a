#include "supervisor/attempt.h"

#include "rundir/progress_record.h"

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

namespace tessera::supervisor {

namespace {

/// Seconds between two checks of the file activity of silent ranks.
constexpr double files_interval = 0.25;

/// Seconds between two reads of progress.json, if rank 0 is on another node.
constexpr double remote_interval = 0.5;

host::Child::Setup setup_of(const LaunchPlan& plan, int number, std::optional<double> seconds_left,
                            const std::string& board) {
  host::Child::Setup setup;
  setup.command = command_of(plan, number, seconds_left);
  setup.environment = environment_of(plan);
  setup.environment.emplace_back("TESSERA_BOARD", board);
  setup.output_to_error = plan.output_to_error;
  return setup;
}

}  // namespace

Attempt::Attempt(const LaunchPlan& plan, int number, std::optional<double> seconds_left, double hang_seconds)
    : one_node_{plan.one_node()},
      board_{host::ProgressBoard::create(plan.ranks)},
      variable_{"TESSERA_BOARD=" + board_.path()},
      child_{setup_of(plan, number, seconds_left, board_.path())},
      launcher_{host::Process::find(child_.pid())},
      watch_{plan.ranks, {hang_seconds, one_node_}},
      ranks_(static_cast<std::size_t>(plan.ranks)),
      readings_(static_cast<std::size_t>(plan.ranks)),
      directory_{plan.directory},
      number_{number} {}

Attempt::~Attempt() { kill(); }

void Attempt::wait(double seconds) const {
  std::vector<pollfd> ends;
  if (launcher_ && launcher_->descriptor() >= 0) ends.push_back({launcher_->descriptor(), POLLIN, 0});
  for (const Rank& r : ranks_) {
    if (r.process && !r.gone && r.process->descriptor() >= 0)
      ends.push_back({r.process->descriptor(), POLLIN, 0});
  }
  ::poll(ends.data(), ends.size(), static_cast<int>(seconds * 1e3));
}

/// Updates the readings of all ranks. `over`: whether mpirun has ended, so that no further rank will start.
void Attempt::refresh(bool over) {
  const bool check_states = watch_.silence() > 1.0 && seconds() - states_checked_at_ > 1.0;
  if (check_states) states_checked_at_ = seconds();
  const bool check_files =
      watch_.silence() > files_interval && seconds() - files_checked_at_ > files_interval;
  if (check_files) files_checked_at_ = seconds();
  for (std::size_t n = 0; n < ranks_.size(); ++n) {
    Rank& rank = ranks_[n];
    const std::int64_t pid = board_.read(static_cast<int>(n)).pid;
    if (pid > 0 && !rank.process) rank.process = host::Process::find(static_cast<pid_t>(pid));
    if (rank.process && !rank.gone && !rank.process->alive()) {
      rank.gone = true;
      rank.wait_status = rank.process->wait_status();
    }
    if (rank.process && !rank.gone && check_states) rank.stopped = rank.process->stopped();
    // Read after the process was checked: a rank publishes `finished` before it ends.
    readings_[n].entry = board_.read(static_cast<int>(n));
    if (rank.process && !rank.gone && check_files && uses_files(readings_[n].entry.phase)) {
      const host::FileActivity files = host::file_activity_of(rank.process->pid());
      readings_[n].file_bytes = files.bytes;
      readings_[n].may_wait_for_files = files.waits;
    }
    // The process may have ended before it was first seen.
    const bool never_seen = (over || one_node_) && pid > 0 && !rank.process;
    readings_[n].process = rank.gone || never_seen ? RankReading::Process::gone
                           : !rank.process         ? RankReading::Process::unseen
                           : rank.stopped          ? RankReading::Process::stopped
                                                   : RankReading::Process::alive;
  }
  if (!one_node_ && readings_[0].entry.beat == 0) read_remote_progress();
}

/// Rank 0 is on another node or has not started: its progress.json in the run directory represents all ranks.
void Attempt::read_remote_progress() {
  if (seconds() - remote_read_at_ > remote_interval) {
    remote_read_at_ = seconds();
    const std::optional<rundir::ProgressRecord> now = rundir::ProgressRecord::read(directory_);
    if (now && now->attempt == number_ &&
        (now->written != remote_written_ || now->step != remote_.step || now->phase != remote_.phase)) {
      remote_written_ = now->written;
      remote_.step = now->step;
      // Report the first step as `compute`, so that it is noticed even if another phase has begun since.
      const bool first = now->step > now->from_step && !watch_.stepped();
      remote_.phase = first ? host::BoardPhase::compute : now->phase;
      ++remote_.beat;
    }
  }
  readings_[0].entry = remote_;
  readings_[0].may_wait_for_files = true;
}

std::optional<AttemptEnd> Attempt::check() {
  const std::optional<host::ChildEnd> end = child_.poll();
  refresh(end.has_value());
  std::optional<rundir::Fault> found = watch_.check(seconds(), readings_);
  if (!end && !found) return std::nullopt;
  if (end && end->signal != 0) found.reset();  // the ranks died because mpirun did
  if (end && found && found->kind == rundir::FaultKind::hang) found.reset();
  return conclude(end, std::move(found));
}

AttemptEnd Attempt::conclude(std::optional<host::ChildEnd> end, std::optional<rundir::Fault> found) {
  if (!end && found->kind == rundir::FaultKind::hang) {
    // After SIGTERM, mpirun cleans up, also on other nodes.
    child_.send(SIGTERM);
    end = child_.wait(one_node_ ? 1.0 : 3.0);
  } else if (!end) {
    end = child_.wait(0.3);  // mpirun reports the signal and ends the other ranks
  }
  if (!end) {
    for (const Rank& r : ranks_) {
      if (r.process && !r.gone) r.process->send(SIGKILL);
    }
    end = child_.wait(1.5);
  }
  kill();
  if (found) add_cause(*found);
  return judge({end, found, watch_.any_began(), watch_.highest_step(), seconds()});
}

/// Adds the signal or exit code of the culprit, if the kernel reported it.
void Attempt::add_cause(rundir::Fault& fault) const {
  if (fault.kind != rundir::FaultKind::death || fault.rank < 0) return;
  const int status = ranks_[static_cast<std::size_t>(fault.rank)].wait_status;
  if (status == 0) return;
  if (WIFSIGNALED(status)) {
    fault.signal = WTERMSIG(status);
  } else if (WIFEXITED(status)) {
    fault.exit_code = WEXITSTATUS(status);
  }
}

bool Attempt::kill() {
  child_.kill_group();
  const base::Stopwatch watch;
  do {
    std::vector<host::Process> left = host::processes_with_variable(variable_);
    for (Rank& r : ranks_) {
      if (r.process && !r.gone) r.process->send(SIGKILL);
    }
    for (const host::Process& p : left) p.send(SIGKILL);
    bool ranks_left = false;
    for (const Rank& r : ranks_) ranks_left = ranks_left || (r.process && !r.gone && r.process->alive());
    if (child_.poll() && left.empty() && !ranks_left) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  } while (watch.seconds() < 5.0);
  return false;
}

std::vector<std::int64_t> Attempt::pids() const {
  std::vector<std::int64_t> all;
  for (int r = 0; r < board_.ranks(); ++r) {
    if (const std::int64_t pid = board_.read(r).pid; pid > 0) all.push_back(pid);
  }
  return all;
}

std::string kill_orphans(const std::string& directory) {
  const std::vector<host::Process> orphans = host::processes_with_arguments(mark_of(directory));
  if (orphans.empty()) return {};
  const bool gone = host::kill_and_wait(orphans, 5.0);
  return fmt::format("{} {} process{} left behind by an earlier launch", gone ? "killed" : "cannot kill",
                     orphans.size(), orphans.size() == 1 ? "" : "es");
}

}  // namespace tessera::supervisor
