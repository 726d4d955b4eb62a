// Measures the relative speeds of ranks.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <vector>

namespace tessera::balance {

/// Returns relative speeds from the seconds that each rank takes for the same work: the mean time divided by
/// the rank's own. Ranks within 10 % of each other count as equally fast: times within 10 % of the median are
/// replaced by their mean, and the faster and the slower ranks are then treated in the same way. Ranks that
/// are all equally fast get 1. `seconds`: one positive number per rank (base::ContractViolation).
std::vector<double> relative_speeds(std::span<const double> seconds);

/// Times a short fixed calculation repeatedly, to measure the speed of a rank independently of its chunks.
/// The mean of the timings counts, not the best one: a rank that shares its core is a slow rank.
class RankSpeed {
 public:
  /// Runs the calculation once, which takes about half a millisecond: sums and products over 192 KiB, which
  /// fit in the L2 cache. Allocates only on the first call.
  void measure();
  /// Adds a timing, which must be positive (base::ContractViolation).
  void record(double seconds);

  /// Moving average of the timings, which gives the latest one half of the weight; 0 before the first.
  double seconds() const { return seconds_; }

  /// Returns the relative speed of each rank (see relative_speeds). Every rank must have a timing.
  /// @note Collective.
  std::vector<double> relative(const transport::Communicator& comm) const;

 private:
  double seconds_ = 0.0;
  std::vector<double> values_;  // data of the calculation
};

}  // namespace tessera::balance
