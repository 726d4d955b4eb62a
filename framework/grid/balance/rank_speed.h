// How fast ranks are.
#pragma once

#include "transport/communicator.h"

#include <span>
#include <vector>

namespace tessera::balance {

/// Relative speeds from the seconds that each rank takes for the same work: the mean time over a rank's own.
/// Ranks within 10 % of each other count as equally fast: those within 10 % of the median take the mean of
/// their times, and so on with the faster and with the slower ones. Ranks that are all alike get 1.
/// `seconds`: one number above 0 per rank (base::ContractViolation).
std::vector<double> relative_speeds(std::span<const double> seconds);

/// Times a short fixed calculation, again and again, to tell the ranks' speeds apart whatever they compute.
/// The mean over many timings counts, not the best of them: a rank that shares its core is a slow rank.
class RankSpeed {
 public:
  /// Runs the calculation once, about half a millisecond: sums and products over 192 KiB, which the second
  /// level of cache holds. Allocates on its first call alone.
  void measure();
  /// Adds a timing, above 0.
  void record(double seconds);

  /// The moving average, in which the newest timing counts half; 0 before the first one.
  double seconds() const { return seconds_; }

  /// The speed of each rank (see relative_speeds). Every rank must have a timing. @note Collective.
  std::vector<double> relative(const transport::Communicator& comm) const;

 private:
  double seconds_ = 0.0;
  std::vector<double> values_;  // of the calculation
};

}  // namespace tessera::balance
