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
constexpr double file_activity_interval = 0.25;

/// Seconds between two reads of progress.json if rank 0 is on another node.
constexpr double remote_progress_interval = 0.5;

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
    : single_node_{plan.is_single_node()},
      board_{host::ProgressBoard::create(plan.ranks)},
      board_variable_{"TESSERA_BOARD=" + board_.address()},
      child_{setup_of(plan, number, seconds_left, board_.address())},
      launcher_{host::Process::find(child_.pid())},
      watch_{plan.ranks, {hang_seconds, single_node_}},
      ranks_(static_cast<std::size_t>(plan.ranks)),
      readings_(static_cast<std::size_t>(plan.ranks)),
      directory_{plan.directory},
      number_{number} {}

Attempt::~Attempt() { kill(); }

void Attempt::wait(double seconds) const {
  std::vector<pollfd> poll_fds;
  if (launcher_ && launcher_->descriptor() >= 0) poll_fds.push_back({launcher_->descriptor(), POLLIN, 0});
  for (const Rank& r : ranks_) {
    if (r.process && !r.ended && r.process->descriptor() >= 0)
      poll_fds.push_back({r.process->descriptor(), POLLIN, 0});
  }
  ::poll(poll_fds.data(), poll_fds.size(), static_cast<int>(seconds * 1e3));
}

/// Updates the readings of all ranks. `mpirun_ended`: whether mpirun has ended, so that no more ranks can
/// start.
void Attempt::update_readings(bool mpirun_ended) {
  const bool check_process_states = watch_.silence() > 1.0 && seconds() - process_states_checked_at_ > 1.0;
  if (check_process_states) process_states_checked_at_ = seconds();
  const bool check_files =
      watch_.silence() > file_activity_interval && seconds() - files_checked_at_ > file_activity_interval;
  if (check_files) files_checked_at_ = seconds();
  for (std::size_t n = 0; n < ranks_.size(); ++n) {
    Rank& rank = ranks_[n];
    const std::int64_t pid = board_.read(static_cast<int>(n)).pid;
    if (pid > 0 && !rank.process) rank.process = host::Process::find(static_cast<pid_t>(pid));
    if (rank.process && !rank.ended && !rank.process->alive()) {
      rank.ended = true;
      rank.wait_status = rank.process->wait_status();
    }
    if (rank.process && !rank.ended && check_process_states) rank.stopped = rank.process->stopped();
    // Read the entry only after checking the process: a rank publishes `finished` before it ends.
    readings_[n].entry = board_.read(static_cast<int>(n));
    if (rank.process && !rank.ended && check_files && uses_files(readings_[n].entry.phase)) {
      const host::FileActivity files = host::file_activity_of(rank.process->pid());
      readings_[n].file_bytes = files.bytes;
      readings_[n].may_be_blocked_on_io = files.is_blocked;
    }
    // The process may have ended before it could be opened.
    const bool ended_unseen = (mpirun_ended || single_node_) && pid > 0 && !rank.process;
    readings_[n].process = rank.ended || ended_unseen ? RankReading::Process::ended
                           : !rank.process            ? RankReading::Process::unseen
                           : rank.stopped             ? RankReading::Process::stopped
                                                      : RankReading::Process::alive;
  }
  if (!single_node_ && readings_[0].entry.heartbeats == 0) read_remote_progress();
}

/// Takes the state of rank 0 from progress.json, which rank 0 writes, instead of from the progress board.
/// Called if rank 0 is on another node or has not started. The state of rank 0 then represents all ranks on
/// other nodes.
void Attempt::read_remote_progress() {
  if (seconds() - remote_read_at_ > remote_progress_interval) {
    remote_read_at_ = seconds();
    const std::optional<rundir::ProgressRecord> record = rundir::ProgressRecord::read(directory_);
    if (record && record->attempt == number_ &&
        (record->write_time != remote_write_time_ || record->step != remote_entry_.step ||
         record->phase != remote_entry_.phase)) {
      remote_write_time_ = record->write_time;
      remote_entry_.step = record->step;
      // Report the first step as `compute`, so that has_stepped() becomes true even if another phase has
      // begun since.
      const bool first = record->step > record->from_step && !watch_.has_stepped();
      remote_entry_.phase = first ? host::BoardPhase::compute : record->phase;
      ++remote_entry_.heartbeats;
    }
  }
  readings_[0].entry = remote_entry_;
  readings_[0].may_be_blocked_on_io = true;
}

std::optional<AttemptEnd> Attempt::check() {
  const std::optional<host::ChildEnd> end = child_.poll();
  update_readings(end.has_value());
  std::optional<rundir::Fault> fault = watch_.check(seconds(), readings_);
  if (!end && !fault) return std::nullopt;
  if (end && end->signal != 0) fault.reset();  // mpirun was killed, which ended the ranks as well
  if (end && fault && fault->kind == rundir::FaultKind::hang) fault.reset();
  return conclude(end, std::move(fault));
}

AttemptEnd Attempt::conclude(std::optional<host::ChildEnd> end, std::optional<rundir::Fault> fault) {
  if (!end && fault->kind == rundir::FaultKind::hang) {
    // On SIGTERM, mpirun also ends the ranks on other nodes.
    child_.send(SIGTERM);
    end = child_.wait(single_node_ ? 1.0 : 3.0);
  } else if (!end) {
    end = child_.wait(0.3);  // time for mpirun to report the signal and kill the other ranks
  }
  if (!end) {
    for (const Rank& r : ranks_) {
      if (r.process && !r.ended) r.process->send(SIGKILL);
    }
    end = child_.wait(1.5);
  }
  kill();
  if (fault) add_cause(*fault);
  return classify_end({end, fault, watch_.any_rank_started(), watch_.highest_step(), seconds()});
}

/// Adds the signal or exit code of the rank that died, if the kernel reported it.
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
  const base::Stopwatch since_start;
  do {
    std::vector<host::Process> remaining = host::processes_with_variable(board_variable_);
    for (Rank& r : ranks_) {
      if (r.process && !r.ended) r.process->send(SIGKILL);
    }
    for (const host::Process& p : remaining) p.send(SIGKILL);
    bool ranks_remain = false;
    for (const Rank& r : ranks_) ranks_remain = ranks_remain || (r.process && !r.ended && r.process->alive());
    if (child_.poll() && remaining.empty() && !ranks_remain) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  } while (since_start.seconds() < 5.0);
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
  const std::vector<host::Process> orphans = host::processes_with_arguments(identifying_arguments(directory));
  if (orphans.empty()) return {};
  const bool killed = host::kill_and_wait(orphans, 5.0);
  return fmt::format("{} {} process{} left behind by an earlier launch", killed ? "killed" : "cannot kill",
                     orphans.size(), orphans.size() == 1 ? "" : "es");
}

}  // namespace tessera::supervisor
