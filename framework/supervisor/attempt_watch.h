// Detects deaths and hangs of ranks from their processes and heartbeats.
#pragma once

#include "host/progress_board.h"
#include "rundir/fault.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tessera::supervisor {

/// The observed state of a rank at one moment.
struct RankReading {
  enum class Process {
    unseen,  ///< not started, or running on another node
    alive,
    stopped,  ///< by a signal
    gone
  };

  host::BoardEntry entry;  ///< read after `process`: a rank publishes `finished` before it ends
  Process process = Process::unseen;
  /// Bytes that it has read and written so far. While this grows, a phase that uses files makes progress.
  std::uint64_t file_bytes = 0;
  /// Whether it waits for a disk or a file server, or whether this is unknown: such a phase may take longer.
  bool may_wait_for_files = false;
};

/// Whether ranks read or write files in a phase, which may take long without a heartbeat.
bool uses_files(host::BoardPhase phase);

/// Watches one attempt. Pure: the caller supplies times and readings.
class AttemptWatch {
 public:
  struct Limits {
    double hang_seconds = 60.0;
    bool one_node = true;  ///< all ranks publish on the board
  };

  AttemptWatch(int ranks, Limits limits);

  /// Checks `readings`, one per rank, taken `now` seconds after the start; `now` must not decrease. Returns
  /// the fault, or nullopt if there is none. A process that has ended without publishing `finished` is a
  /// death, immediately. It is a hang if no rank has sent a heartbeat for longer than the largest limit_of()
  /// of the ranks' phases. An interval between two calls counts as at most 5 s: a longer one means that this
  /// process was stopped too.
  std::optional<rundir::Fault> check(double now, const std::vector<RankReading>& readings);

  /// The longest silence in a phase, in seconds, that is not a hang: the largest of the configured limit
  /// (five times that in the phases `start` and `restart`), 20 times the longest silence so far in this
  /// phase, and 3 times the longest in any phase; ten times that in a phase that uses files for a rank that
  /// `may_wait_for_files`.
  double limit_of(host::BoardPhase phase, bool may_wait_for_files = false) const;
  /// Seconds since the last heartbeat.
  double silence() const { return clock_ - last_beat_; }
  std::int64_t highest_step() const { return highest_step_; }
  bool any_began() const { return any_began_; }
  /// Whether a step has been completed.
  bool stepped() const { return stepped_; }
  /// Whether any rank is writing a checkpoint or an output.
  bool saving() const;

 private:
  struct Rank {
    std::uint64_t beat = 0;
    double changed = 0.0;
    host::BoardPhase phase = host::BoardPhase::absent;
    std::uint64_t file_bytes = 0;
  };
  static constexpr std::size_t phases = static_cast<std::size_t>(host::BoardPhase::finished) + 1;

  void update(const std::vector<RankReading>& readings);
  std::optional<rundir::Fault> death(double now, const std::vector<RankReading>& readings) const;
  std::optional<rundir::Fault> hang(double now, const std::vector<RankReading>& readings) const;
  bool comes_before(std::size_t a, std::size_t b, const std::vector<RankReading>& readings) const;
  rundir::Fault fault_of(rundir::FaultKind kind, std::size_t rank, double now,
                         const std::vector<RankReading>& readings) const;

  Limits limits_;
  std::vector<Rank> ranks_;
  std::array<double, phases> longest_{};
  double longest_of_all_ = 0.0;
  double last_check_ = 0.0;
  double clock_ = 0.0;
  double last_beat_ = 0.0;
  std::int64_t highest_step_ = 0;
  bool any_began_ = false;
  bool stepped_ = false;
};

}  // namespace tessera::supervisor
