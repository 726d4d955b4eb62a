// How fast ranks are, and what a range of them does together.
#pragma once

#include <span>
#include <vector>

namespace tessera::partition {

/// Relative speeds of ranks, summed over ranges in constant time.
class RankSpeeds {
 public:
  /// `ranks` ranks of speed 1. Takes no memory.
  explicit RankSpeeds(int ranks) : ranks_{ranks} {}
  /// One speed a rank, each above 0 (base::ContractViolation).
  explicit RankSpeeds(std::span<const double> speeds);

  int ranks() const { return ranks_; }
  /// The speed of the ranks [first, first + count) together.
  double sum(int first, int count) const;
  /// The most ranks from `first` on that are together no faster than `speed`; and the fewest that are no
  /// slower. Neither goes beyond the last rank.
  int at_most(int first, double speed) const;
  int at_least(int first, double speed) const;

 private:
  int ranks_;
  std::vector<double> below_;  // by rank: the speed of all before it; one more at the end; empty: all are 1
};

}  // namespace tessera::partition
