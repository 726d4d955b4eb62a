// The speeds of ranks and of ranges of ranks.
#pragma once

#include <span>
#include <vector>

namespace tessera::partition {

/// Relative speeds of ranks, summed over ranges in constant time.
class RankSpeeds {
 public:
  /// `ranks` ranks of speed 1. Needs no memory.
  explicit RankSpeeds(int ranks) : ranks_{ranks} {}
  /// One speed per rank, each positive (base::ContractViolation).
  explicit RankSpeeds(std::span<const double> speeds);

  int ranks() const { return ranks_; }
  /// The total speed of the ranks [first, first + count).
  double sum(int first, int count) const;
  /// The largest number of ranks from `first` on whose total speed is at most `speed`; and the smallest
  /// number whose total speed is at least `speed`. Neither extends beyond the last rank.
  int at_most(int first, double speed) const;
  int at_least(int first, double speed) const;

 private:
  int ranks_;
  std::vector<double> below_;  // total speed of the ranks before each rank, then of all; empty if all are 1
};

}  // namespace tessera::partition
