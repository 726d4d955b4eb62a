// How fast this rank is.
#pragma once

#include "transport/communicator.h"

#include <vector>

namespace tessera::balance {

/// Times a short fixed calculation, again and again, to tell the ranks' speeds apart whatever they compute.
/// The mean over many timings counts, not the best of them: a rank that shares its core is a slow rank.
class RankSpeed {
 public:
  /// `newest_weight`: of the newest timing in the moving average, above 0 and at most 1.
  explicit RankSpeed(double newest_weight = 0.5);

  /// Runs the calculation once, about half a millisecond: sums and products over 192 KiB, which the second
  /// level of cache holds. Allocates on its first call alone.
  void measure();
  /// Adds a timing, above 0.
  void record(double seconds);

  /// The average; 0 before the first timing.
  double seconds() const { return seconds_; }

  /// The speed of each rank (see relative_speeds). Every rank must have a timing. @note Collective.
  std::vector<double> relative(const transport::Communicator& comm) const;

 private:
  double newest_weight_;
  double seconds_ = 0.0;
  std::vector<double> values_;  // of the calculation
};

}  // namespace tessera::balance
