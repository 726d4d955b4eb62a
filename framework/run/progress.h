// Shows the progress of a run to the user and to other programs.
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

/// The progress of this attempt.
struct ProgressState : work::Progress {
  std::int64_t first_step = 0;  ///< step at which the attempt began
  double first_fraction = 0.0;  ///< fraction of the run that was done at that step

  /// Units of work per second, if the steps since first_step took `seconds`.
  double rate(double seconds) const {
    return static_cast<double>(step - first_step) * units_per_step / seconds;
  }
  /// Estimated seconds until the end, if the progress since first_step took `seconds`; nullopt before any
  /// progress.
  std::optional<double> seconds_left(double seconds) const {
    if (!(fraction_done > first_fraction)) return std::nullopt;
    return seconds * (fraction_done < 1.0 ? 1.0 - fraction_done : 0.0) / (fraction_done - first_fraction);
  }
};

/// Shows the progress: on a terminal, in one line that is redrawn at most ten times per second; otherwise, in
/// a new line every 30 seconds.
class ProgressLine {
 public:
  /// `stream` must outlive this object. `is_terminal`: whether to redraw the line. `width`: width of the
  /// terminal in columns.
  ProgressLine(std::FILE* stream, bool is_terminal, int width, bool colour);

  void update(const ProgressState& state);
  /// Clears the line, so that other text can be printed.
  void clear();

  /// Returns the line for a state `seconds` after the start. The line has at most `width` columns.
  static std::string text(const ProgressState& state, double seconds, int width, bool colour);

 private:
  std::FILE* stream_;
  bool is_terminal_;
  int width_;
  bool colour_;
  bool is_drawn_ = false;
  base::Stopwatch total_;
  double next_draw_ = 0.0;  // time on total_
};

/// On rank 0: draws the progress line and, about once per second, replaces progress.json.
class Progress {
 public:
  struct Options {
    std::string directory;
    std::uint32_t attempt = 1;
    int ranks = 1;
    /// Called about once per second. Must end the run immediately if another process has taken its lock.
    std::function<void()> check_lock;
  };

  /// `line`: nullopt if the run prints no progress.
  Progress(Options options, std::optional<ProgressLine> line);

  /// Sets the step at which this attempt begins.
  void resume(std::int64_t step) { state_.first_step = state_.step = step; }
  /// Enters a phase, and writes progress.json immediately. Must be called before an operation that may take
  /// long.
  void enter(host::BoardPhase phase);
  /// Must be called at each safe point. Ignores errors in writing progress.json, which must not end the run.
  void update(const work::Progress& progress);
  /// Clears the progress line.
  void clear();

  host::BoardPhase phase() const { return phase_; }
  bool has_line() const { return line_.has_value(); }

 private:
  void write() const;

  Options options_;
  std::optional<ProgressLine> line_;
  ProgressState state_;
  host::BoardPhase phase_ = host::BoardPhase::restart;
  bool has_advanced_ = false;
  base::Stopwatch since_first_point_;
  double next_write_ = 0.0;  // time on since_first_point_
};

}  // namespace tessera::run
