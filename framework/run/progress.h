// How far a run has got, for people and for other programs.
#pragma once

#include "base/stopwatch.h"
#include "host/progress_board.h"
#include "report/progress.h"
#include "work/work.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tessera::run {

/// Draws the progress line and, about once a second, replaces progress.json in the run directory. For rank 0.
class Progress {
 public:
  struct Facts {
    std::string directory;
    std::uint32_t attempt = 1;
    int ranks = 1;
    /// Called once a second: the run must end at once if another process has taken its lock.
    std::function<void()> check_lock;
  };

  /// `line`: nullopt if nobody watches.
  Progress(Facts facts, std::optional<report::Progress> line);

  /// The step at which this attempt begins.
  void resume(std::int64_t step) { now_.first_step = now_.step = step; }
  /// Before what may take long; written at once.
  void enter(host::BoardPhase phase);
  /// After each safe point. A failure to write progress.json is ignored: the run matters more.
  void update(const work::Progress& progress);
  void clear();

  host::BoardPhase phase() const { return phase_; }
  bool watched() const { return line_.has_value(); }

 private:
  void write() const;

  Facts facts_;
  std::optional<report::Progress> line_;
  report::ProgressState now_;
  host::BoardPhase phase_ = host::BoardPhase::restart;
  bool advanced_ = false;
  base::Stopwatch since_first_point_;
  double next_ = 0.0;  // seconds of since_first_point_
};

}  // namespace tessera::run
