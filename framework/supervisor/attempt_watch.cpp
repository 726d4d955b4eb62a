#include "supervisor/attempt_watch.h"

#include "base/contract.h"

#include <algorithm>

namespace tessera::supervisor {

namespace {

using host::BoardPhase;
using Process = RankReading::Process;

/// The time between two checks counts as at most this many seconds.
constexpr double max_interval = 5.0;
/// If two heartbeats are less than this many seconds apart, their order is unknown.
constexpr double order_tolerance = 0.2;
/// Multiplies the configured limit in the phases `start` and `restart`.
constexpr double start_factor = 5.0;
/// Multiplies the limit of a phase if a rank may be blocked on I/O.
constexpr double blocked_io_factor = 10.0;
/// Multiplies the time limit for the start of MPI on several nodes, because remote shells and daemons must
/// start first.
constexpr double multi_node_factor = 2.0;
/// Lower bound of the time limit for the start of MPI, in seconds.
constexpr double min_launch_seconds = 60.0;

/// Index of a phase, clamped to the valid range because the board may contain any number.
std::size_t index_of(BoardPhase phase) {
  const auto n = static_cast<std::int32_t>(phase);
  return static_cast<std::size_t>(std::clamp(n, 0, static_cast<std::int32_t>(BoardPhase::finished)));
}

}  // namespace

bool uses_files(BoardPhase phase) {
  return phase == BoardPhase::output || phase == BoardPhase::checkpoint || phase == BoardPhase::restart;
}

AttemptWatch::AttemptWatch(int ranks, Limits limits)
    : limits_{limits}, ranks_(static_cast<std::size_t>(ranks)) {}

std::optional<rundir::Fault> AttemptWatch::check(double now, const std::vector<RankReading>& readings) {
  base::expects(readings.size() == ranks_.size(), "readings: one per rank");
  clock_ += std::clamp(now - last_check_, 0.0, max_interval);
  last_check_ = now;
  update(readings);
  if (auto fault = find_death(now, readings)) return fault;
  return find_hang(now, readings);
}

double AttemptWatch::silence_limit(BoardPhase phase, bool may_be_blocked_on_io) const {
  const bool is_starting = phase == BoardPhase::start || phase == BoardPhase::restart;
  const double configured = limits_.hang_seconds * (is_starting ? start_factor : 1.0);
  const double limit =
      std::max({configured, 20.0 * longest_silences_[index_of(phase)], 3.0 * longest_silence_overall_});
  return uses_files(phase) && may_be_blocked_on_io ? blocked_io_factor * limit : limit;
}

bool AttemptWatch::is_saving() const {
  return std::any_of(ranks_.begin(), ranks_.end(), [](const Rank& r) {
    return r.phase == BoardPhase::output || r.phase == BoardPhase::checkpoint;
  });
}

void AttemptWatch::update(const std::vector<RankReading>& readings) {
  for (std::size_t r = 0; r < ranks_.size(); ++r) {
    const host::BoardEntry& entry = readings[r].entry;
    Rank& rank = ranks_[r];
    if (entry.heartbeats == rank.heartbeats) {
      if (uses_files(rank.phase) && readings[r].file_bytes > rank.file_bytes) {
        rank.last_heartbeat = last_heartbeat_ = clock_;
        rank.file_bytes = readings[r].file_bytes;
      }
      continue;
    }
    if (rank.heartbeats != 0) {
      const double interval = clock_ - rank.last_heartbeat;
      double& longest = longest_silences_[index_of(rank.phase)];
      longest = std::max(longest, interval);
      longest_silence_overall_ = std::max(longest_silence_overall_, interval);
    }
    rank = {entry.heartbeats, clock_, entry.phase, readings[r].file_bytes};
    last_heartbeat_ = clock_;
    any_rank_started_ = true;
    // A rank that has finished may have completed all its steps between two calls.
    has_stepped_ = has_stepped_ || entry.phase == BoardPhase::compute ||
                   (entry.phase == BoardPhase::finished && entry.step > 0);
    highest_step_ = std::max(highest_step_, entry.step);
  }
}

std::optional<rundir::Fault> AttemptWatch::find_death(double now,
                                                      const std::vector<RankReading>& readings) const {
  std::optional<std::size_t> first;
  for (std::size_t r = 0; r < readings.size(); ++r) {
    if (readings[r].process != Process::ended || readings[r].entry.phase == BoardPhase::finished) continue;
    if (!first || is_likelier_cause(r, *first, readings)) first = r;
  }
  if (!first) return std::nullopt;
  return fault_of(rundir::FaultKind::death, *first, now, readings);
}

std::optional<rundir::Fault> AttemptWatch::find_hang(double now,
                                                     const std::vector<RankReading>& readings) const {
  if (!any_rank_started_) {
    const double limit = std::max(min_launch_seconds, start_factor * limits_.hang_seconds) *
                         (limits_.single_node ? 1.0 : multi_node_factor);
    if (clock_ <= limit) return std::nullopt;
    rundir::Fault fault;
    fault.kind = rundir::FaultKind::hang;
    fault.silent_seconds = clock_;
    fault.detected_seconds = now;
    return fault;
  }
  const bool all_finished = std::all_of(readings.begin(), readings.end(), [](const RankReading& r) {
    return r.entry.heartbeats == 0 || r.entry.phase == BoardPhase::finished;
  });
  double limit = 0.0;
  std::optional<std::size_t> cause;
  for (std::size_t r = 0; r < readings.size(); ++r) {
    const host::BoardEntry& entry = readings[r].entry;
    if (entry.heartbeats == 0 && !limits_.single_node) continue;
    if (entry.phase == BoardPhase::finished && !all_finished) continue;
    limit = std::max(limit, silence_limit(entry.phase, readings[r].may_be_blocked_on_io));
    if (!cause || is_likelier_cause(r, *cause, readings)) cause = r;
  }
  if (!cause || silence() <= limit) return std::nullopt;
  return fault_of(rundir::FaultKind::hang, *cause, now, readings);
}

/// Whether rank `a` is more likely than rank `b` to have caused the fault. The likeliest causes are ranks
/// that have not started, then stopped ranks, then ranks at a lower step, then ranks with an older heartbeat.
bool AttemptWatch::is_likelier_cause(std::size_t a, std::size_t b,
                                     const std::vector<RankReading>& readings) const {
  const auto priority_of = [&](std::size_t r) {
    return readings[r].entry.heartbeats == 0 ? 0 : readings[r].process == Process::stopped ? 1 : 2;
  };
  if (priority_of(a) != priority_of(b)) return priority_of(a) < priority_of(b);
  if (readings[a].entry.step != readings[b].entry.step)
    return readings[a].entry.step < readings[b].entry.step;
  return ranks_[a].last_heartbeat < ranks_[b].last_heartbeat - order_tolerance;
}

rundir::Fault AttemptWatch::fault_of(rundir::FaultKind kind, std::size_t rank, double now,
                                     const std::vector<RankReading>& readings) const {
  rundir::Fault fault;
  fault.kind = kind;
  fault.rank = static_cast<int>(rank);
  fault.pid = readings[rank].entry.pid;
  fault.phase = readings[rank].entry.phase;
  fault.step = readings[rank].entry.step;
  fault.stopped = readings[rank].process == Process::stopped;
  fault.silent_seconds = kind == rundir::FaultKind::hang ? silence() : 0.0;
  fault.detected_seconds = now;
  return fault;
}

}  // namespace tessera::supervisor
