// The speeds of ranks, and sums over ranges of ranks.
#pragma once

#include <span>
#include <vector>

namespace tessera::partition {

/// The relative speeds of ranks. Summing over a range of ranks takes constant time.
class RankSpeeds {
 public:
  /// Sets the speed of each of `ranks` ranks to 1. Does not allocate memory.
  explicit RankSpeeds(int ranks) : ranks_{ranks} {}
  /// `speeds`: one per rank, positive and finite (base::ContractViolation).
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
  std::vector<double> sums_;  // [r]: total speed of the ranks below r, for r <= ranks_; empty if all are 1
};

}  // namespace tessera::partition
