// Measures the relative speeds of ranks.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <vector>

namespace tessera::balance {

/// Returns the relative speeds of ranks: the mean time of all ranks divided by the rank's own time.
/// `seconds`: the time that each rank takes for the same work, positive (base::ContractViolation). To
/// suppress noise, times within 10 % of the median are first replaced by their mean; the times below and the
/// times above are then treated in the same way, separately. If all ranks are equally fast, all speeds are 1.
std::vector<double> relative_speeds(std::span<const double> seconds);

/// Times a short fixed calculation repeatedly, to measure the speed of a rank independently of its chunks.
/// Averages the timings instead of taking the shortest, because a rank that shares its core should count as
/// slow.
class SpeedMeter {
 public:
  /// Runs the calculation once, and records its time. It takes about half a millisecond: additions and
  /// multiplications on 192 KiB of data, which fit in the L2 cache. Allocates memory only on the first call.
  void measure();
  /// Adds a timing in seconds, which must be positive (base::ContractViolation).
  void record(double seconds);

  /// Exponential moving average of the timings; the latest has weight 1/2. 0 before the first timing.
  double seconds() const { return seconds_; }

  /// Returns the relative speed of each rank of `comm` (see relative_speeds). Every rank must have a timing.
  /// @note Collective.
  std::vector<double> speeds_of_ranks(const transport::Communicator& comm) const;

 private:
  double seconds_ = 0.0;
  std::vector<double> values_;  // data of the calculation
};

}  // namespace tessera::balance
