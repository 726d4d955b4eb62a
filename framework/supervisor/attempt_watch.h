// Judges from what the ranks say of themselves whether they are well.
#pragma once

#include "base/progress_board.h"
#include "supervisor/fault.h"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace tessera::supervisor {

/// What is known of a rank at one moment.
struct RankReading {
  enum class Process {
    unseen,  ///< not begun, or on another node
    alive,
    stopped,  ///< by a signal
    gone
  };

  base::BoardEntry entry;  ///< read after the process was looked at, as a rank says `finished` before it ends
  Process process = Process::unseen;
  /// What it has read and written so far, bytes. As long as it grows, a phase of reading or writing goes on.
  std::uint64_t file_bytes = 0;
  /// It waits for a disk or a file server, or nobody can see whether it does: such a phase may take longer.
  bool may_wait_for_files = false;
};

/// Whether a rank reads or writes files in a phase, which may take long without a sign of life.
bool uses_files(base::BoardPhase phase);

/// Follows one attempt. Pure: times and readings come from outside.
class AttemptWatch {
 public:
  struct Limits {
    double hang_seconds = 60.0;
    bool one_node = true;  ///< all ranks show on the board
  };

  AttemptWatch(int ranks, Limits limits);

  /// Judges `readings`, one a rank, taken `now` seconds after the start; `now` grows. A process that is gone
  /// without having said `finished` is a death at once. A hang is when no rank has changed its beat for
  /// longer than limit_of() its phase. Times between two looks count for at most 5 s: then who looks was
  /// stopped too.
  std::optional<Fault> look(double now, const std::vector<RankReading>& readings);

  /// The longest silence in a phase that is let pass: what was asked for (five times that until the first
  /// step is done), 20 times the longest seen in this phase, or 3 times the longest seen at all; in a phase
  /// of reading or writing ten times that for a rank that `may_wait_for_files`.
  double limit_of(base::BoardPhase phase, bool may_wait_for_files = false) const;
  /// Seconds since the last sign of life.
  double silence() const { return clock_ - last_sign_; }
  std::int64_t highest_step() const { return highest_step_; }
  bool any_began() const { return any_began_; }
  /// Whether a step has been taken.
  bool stepped() const { return stepped_; }
  /// Whether a rank is at a checkpoint or an output.
  bool saving() const;

 private:
  struct Rank {
    std::uint64_t beat = 0;
    double changed = 0.0;
    base::BoardPhase phase = base::BoardPhase::absent;
    std::uint64_t file_bytes = 0;
  };
  static constexpr std::size_t phases = static_cast<std::size_t>(base::BoardPhase::finished) + 1;

  void note(const std::vector<RankReading>& readings);
  std::optional<Fault> death(double now, const std::vector<RankReading>& readings) const;
  std::optional<Fault> hang(double now, const std::vector<RankReading>& readings) const;
  bool comes_before(std::size_t a, std::size_t b, const std::vector<RankReading>& readings) const;
  Fault fault_of(FaultKind kind, std::size_t rank, double now,
                 const std::vector<RankReading>& readings) const;

  Limits limits_;
  std::vector<Rank> ranks_;
  std::array<double, phases> longest_{};
  double longest_of_all_ = 0.0;
  double looked_ = 0.0;
  double clock_ = 0.0;
  double last_sign_ = 0.0;
  std::int64_t highest_step_ = 0;
  bool any_began_ = false;
  bool stepped_ = false;
};

}  // namespace tessera::supervisor
