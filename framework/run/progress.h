// How far a run has got, for people and for other programs.
#pragma once

#include "base/stopwatch.h"
#include "host/progress_board.h"
#include "work/work.h"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

namespace tessera::run {

/// How far this attempt of a run is.
struct ProgressState : work::Progress {
  std::int64_t first_step = 0;  ///< at which it began
  double first_fraction = 0.0;  ///< that was done then

  /// Units per second over the `seconds` since first_step.
  double rate(double seconds) const {
    return static_cast<double>(step - first_step) * units_per_step / seconds;
  }
  /// Seconds until the end at the speed of the `seconds` since first_step; nullopt before any progress.
  std::optional<double> seconds_left(double seconds) const {
    if (!(fraction_done > first_fraction)) return std::nullopt;
    return seconds * (fraction_done < 1.0 ? 1.0 - fraction_done : 0.0) / (fraction_done - first_fraction);
  }
};

/// One line that is redrawn on a terminal, at most ten times per second; elsewhere, a line every 30 seconds.
class ProgressLine {
 public:
  /// `stream` outlives it; `terminal`: whether to redraw; `width`: columns of the terminal.
  ProgressLine(std::FILE* stream, bool terminal, int width, bool colour);

  void update(const ProgressState& state);
  /// Clears the line, so that something else can be printed.
  void clear();

  /// The line for a state `seconds` after the start, at most `width` columns.
  static std::string text(const ProgressState& state, double seconds, int width, bool colour);

 private:
  std::FILE* stream_;
  bool terminal_;
  int width_;
  bool colour_;
  bool drawn_ = false;
  base::Stopwatch total_;
  double next_ = 0.0;
};

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
  Progress(Facts facts, std::optional<ProgressLine> line);

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
  std::optional<ProgressLine> line_;
  ProgressState now_;
  host::BoardPhase phase_ = host::BoardPhase::restart;
  bool advanced_ = false;
  base::Stopwatch since_first_point_;
  double next_ = 0.0;  // seconds of since_first_point_
};

}  // namespace tessera::run
