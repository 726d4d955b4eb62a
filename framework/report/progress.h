// The progress line of a run.
#pragma once

#include "base/stopwatch.h"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace tessera::report {

/// How far a run has got.
struct ProgressState {
  std::int64_t step = 0;
  std::optional<double> time;  ///< simulated seconds, if the kind of job has such
  std::optional<double> end;   ///< simulated end
  std::optional<std::int64_t> max_steps;
  double fraction = 0.0;        ///< of the run, 0 to 1
  std::int64_t first_step = 0;  ///< at which this attempt began
  double first_fraction = 0.0;  ///< that was done then
  double units_per_step = 0.0;  ///< what the rate counts
  std::string unit = "cell";

  /// Units per second over the `seconds` since first_step.
  double rate(double seconds) const {
    return static_cast<double>(step - first_step) * units_per_step / seconds;
  }
  /// Seconds until the end at the speed of the `seconds` since first_step; nullopt before there is any
  /// progress.
  std::optional<double> seconds_left(double seconds) const {
    if (!(fraction > first_fraction)) return std::nullopt;
    return seconds * (fraction < 1.0 ? 1.0 - fraction : 0.0) / (fraction - first_fraction);
  }
};

/// One line that is redrawn on a terminal, at most ten times per second; elsewhere, a line every 30 seconds.
/// For rank 0.
class Progress {
 public:
  /// `stream` outlives it; `terminal`: whether to redraw; `width`: columns of the terminal.
  Progress(std::FILE* stream, bool terminal, int width, bool colour);

  void update(const ProgressState& state);
  /// Clears the line, so that something else can be printed.
  void clear();

  /// The line for a state `seconds` after the start, at most `width` columns.
  static std::string line(const ProgressState& state, double seconds, int width, bool colour);

 private:
  std::FILE* stream_;
  bool terminal_;
  int width_;
  bool colour_;
  bool drawn_ = false;
  base::Stopwatch total_;
  double next_ = 0.0;
};

}  // namespace tessera::report
