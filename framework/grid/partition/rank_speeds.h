// The speeds of ranks, and sums over ranges of ranks.
#pragma once

#include <span>
#include <vector>

namespace tessera::partition {

/// Relative speeds of ranks. Sums over ranges of ranks take constant time.
class RankSpeeds {
 public:
  /// `ranks` ranks of speed 1. Allocates no memory.
  explicit RankSpeeds(int ranks) : ranks_{ranks} {}
  /// One speed per rank, each positive (base::ContractViolation).
  explicit RankSpeeds(std::span<const double> speeds);

  int ranks() const { return ranks_; }
  /// The total speed of the ranks [first, first + count).
  double sum(int first, int count) const;
  /// The largest number of ranks, counted from `first`, whose total speed is at most `speed`; min_ranks()
  /// returns the smallest number whose total speed is at least `speed`. Neither counts beyond the last rank.
  int max_ranks(int first, double speed) const;
  int min_ranks(int first, double speed) const;

 private:
  int ranks_;
  std::vector<double> sums_;  // [r]: total speed of the ranks below r, up to r = ranks_; empty: all are 1
};

}  // namespace tessera::partition
