// Shows the progress of a run, to people and to other programs.
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

/// The progress of this attempt of a run.
struct ProgressState : work::Progress {
  std::int64_t first_step = 0;  ///< step at which the attempt began
  double first_fraction = 0.0;  ///< fraction of the run that was done then

  /// Units per second, if the steps since first_step took `seconds`.
  double rate(double seconds) const {
    return static_cast<double>(step - first_step) * units_per_step / seconds;
  }
  /// Seconds until the end, if the progress since first_step took `seconds`; nullopt before any progress.
  std::optional<double> seconds_left(double seconds) const {
    if (!(fraction_done > first_fraction)) return std::nullopt;
    return seconds * (fraction_done < 1.0 ? 1.0 - fraction_done : 0.0) / (fraction_done - first_fraction);
  }
};

/// On a terminal, one line that is redrawn at most ten times per second; elsewhere, a line every 30 seconds.
class ProgressLine {
 public:
  /// `stream` must outlive it. `terminal`: whether to redraw. `width`: width of the terminal in columns.
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
    /// Called once per second. It must end the run at once if another process has taken the run's lock.
    std::function<void()> check_lock;
  };

  /// `line`: nullopt if the run is not watched.
  Progress(Facts facts, std::optional<ProgressLine> line);

  /// Sets the step at which this attempt begins.
  void resume(std::int64_t step) { now_.first_step = now_.step = step; }
  /// Must be called before an operation that may take long. Writes progress.json at once.
  void enter(host::BoardPhase phase);
  /// Must be called after each safe point. Ignores a failure to write progress.json: the run matters more.
  void update(const work::Progress& progress);
  /// Clears the progress line.
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
  double next_ = 0.0;  // time of the next write, on since_first_point_
};

}  // namespace tessera::run
