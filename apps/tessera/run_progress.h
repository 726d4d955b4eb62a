// How far a run is, for who watches it and for other programs.
#pragma once

#include "base/progress_board.h"
#include "base/stopwatch.h"
#include "driver/observer.h"
#include "job/job_spec.h"
#include "report/progress.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tessera::app {

/// A line on the terminal and, once a second, the file progress.json in the run directory. Rank 0 alone has
/// one.
class RunProgress {
 public:
  struct Facts {
    std::string directory;
    std::uint32_t attempt = 1;
    int ranks = 1;
    /// Asked once a second whether the run is still this process's; if not, it must end at once.
    std::function<void()> look_after_lock;
  };

  /// `line`: none where nobody watches.
  RunProgress(const job::JobSpec& job, Facts facts, std::optional<report::Progress> line);

  /// The step that the run goes on from.
  void go_on_from(std::int64_t step) { first_step_ = step; }
  /// Before what may take long; said at once, for who cannot see the board.
  void enter(base::BoardPhase phase);
  /// After a step. What cannot be written is left: the run matters more.
  void stepped(std::int64_t step, double time);
  /// Ends the line.
  void clear();
  base::BoardPhase phase() const { return phase_; }
  bool watched() const { return line_.has_value(); }

 private:
  void write() const;

  const job::JobSpec* job_;
  Facts facts_;
  std::optional<report::Progress> line_;
  report::ProgressState now_;
  base::BoardPhase phase_ = base::BoardPhase::restart;
  std::int64_t first_step_ = 0;
  double first_part_ = 0.0;
  base::Stopwatch watch_;
  double next_ = 0.0;
};

}  // namespace tessera::app
