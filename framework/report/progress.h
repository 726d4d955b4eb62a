// The progress of a run, for who watches it.
#pragma once

#include "base/stopwatch.h"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace tessera::report {

/// What there is to tell after a step.
struct ProgressState {
  std::int64_t step = 0;
  double time = 0.0;
  double part = 0.0;          ///< of the run that is done, 0 to 1
  std::int64_t first_step = 0;  ///< that it went on from
  double first_part = 0.0;      ///< that was done then
  std::optional<double> end;  ///< simulated end
  std::optional<std::int64_t> max_steps;
  double cells = 0.0;  ///< of the domain
};

/// One line that is drawn over on a terminal, ten times a second at most; elsewhere a line every 30
/// seconds. Rank 0 alone has one.
class Progress {
 public:
  /// `stream` outlives it; `terminal`: whether to draw over; `width`: columns of the terminal.
  Progress(std::FILE* stream, bool terminal, int width, bool colour);

  void update(const ProgressState& state);
  /// Wipes the line, so that something else can be printed.
  void clear();

  /// The line for a state `seconds` after the start, with the rate since the start, at most `width`
  /// columns.
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
