// Elapsed wall-clock time.
#pragma once

#include <chrono>

namespace tessera::base {

/// Measures the time since its construction or the end of the last lap, with a monotonic clock.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  /// Ends a lap: returns its duration in seconds, and starts the next lap.
  double lap() {
    const auto now = Clock::now();
    const double duration = std::chrono::duration<double>(now - start_).count();
    start_ = now;
    return duration;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace tessera::base
