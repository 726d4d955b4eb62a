// Detects dead and hung ranks from their processes and heartbeats.
#pragma once

#include "host/progress_board.h"
#include "rundir/fault.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tessera::supervisor {

/// The observed state of a rank.
struct RankReading {
  enum class Process {
    unseen,  ///< not started, or on another node
    alive,
    stopped,  ///< stopped by a signal
    ended
  };

  host::BoardEntry entry;  ///< must be read after `process`: a rank publishes `finished` before it ends
  Process process = Process::unseen;
  /// Number of bytes read and written so far. In a phase that uses files, an increase counts as a heartbeat.
  std::uint64_t file_bytes = 0;
  /// Whether the rank may be blocked on I/O; true if unknown. See silence_limit().
  bool may_be_blocked_on_io = false;
};

/// Whether ranks read or write files in `phase`, and may therefore send no heartbeat for a long time.
bool uses_files(host::BoardPhase phase);

/// Watches one attempt. Reads no clocks or files; the caller passes all times and readings.
class AttemptWatch {
 public:
  struct Limits {
    double hang_seconds = 60.0;  ///< time without heartbeats that counts as a hang; see silence_limit()
    bool single_node = true;     ///< whether all ranks publish on the progress board of this node
  };

  AttemptWatch(int ranks, Limits limits);

  /// Checks `readings`, one per rank, which were taken `now` seconds after the start; `now` must not
  /// decrease. Returns the fault, or nullopt if there is none. If a process has ended without publishing
  /// `finished`, its death is reported immediately. If no rank has sent a heartbeat for longer than the
  /// largest silence_limit() of all ranks, a hang is reported. Intervals between two calls count as at most
  /// 5 s, because a longer interval means that this process was stopped as well.
  std::optional<rundir::Fault> check(double now, const std::vector<RankReading>& readings);

  /// Returns the longest time without heartbeats, in seconds, that is not yet a hang in `phase`. It is the
  /// maximum of the configured limit (5 times the limit in the phases `start` and `restart`), 20 times the
  /// longest interval between heartbeats so far in this phase, and 3 times the longest in any phase. This is
  /// multiplied by 10 if the phase uses files and `may_be_blocked_on_io` is true.
  double silence_limit(host::BoardPhase phase, bool may_be_blocked_on_io = false) const;
  /// Time since the last heartbeat of any rank, in seconds.
  double silence() const { return clock_ - last_heartbeat_; }
  std::int64_t highest_step() const { return highest_step_; }
  bool any_rank_started() const { return any_rank_started_; }
  /// Whether any step has been completed.
  bool has_stepped() const { return has_stepped_; }
  /// Whether any rank is writing a checkpoint or an output.
  bool is_saving() const;

 private:
  struct Rank {
    std::uint64_t heartbeats = 0;
    double last_heartbeat = 0.0;
    host::BoardPhase phase = host::BoardPhase::absent;
    std::uint64_t file_bytes = 0;
  };
  static constexpr std::size_t phase_count = static_cast<std::size_t>(host::BoardPhase::finished) + 1;

  void update(const std::vector<RankReading>& readings);
  std::optional<rundir::Fault> find_death(double now, const std::vector<RankReading>& readings) const;
  std::optional<rundir::Fault> find_hang(double now, const std::vector<RankReading>& readings) const;
  bool is_likelier_cause(std::size_t a, std::size_t b, const std::vector<RankReading>& readings) const;
  rundir::Fault fault_of(rundir::FaultKind kind, std::size_t rank, double now,
                         const std::vector<RankReading>& readings) const;

  Limits limits_;
  std::vector<Rank> ranks_;
  std::array<double, phase_count> longest_silences_{};  // per phase
  double longest_silence_overall_ = 0.0;
  double last_check_ = 0.0;
  double clock_ = 0.0;  // sum of the intervals between calls, each counted as at most 5 s
  double last_heartbeat_ = 0.0;
  std::int64_t highest_step_ = 0;
  bool any_rank_started_ = false;
  bool has_stepped_ = false;
};

}  // namespace tessera::supervisor
