// Exact reductions over the cells of all ranks, which do not depend on the order of the cells.
#pragma once

#include "base/exact_sum.h"
#include "transport/communicator.h"

#include <cstdint>
#include <vector>

namespace tessera::reduction {

/// Maps a double to an integer. The mapping preserves order, so that MPI_MIN can be applied to the integers.
/// NaN is mapped to the smallest integer, so that a minimum is NaN if any value is NaN.
std::int64_t ordered_key(double value);
/// The inverse of ordered_key().
double value_of_key(std::int64_t key);

/// Accumulates sums, minima and maxima on each rank, and combines them over all ranks with two MPI
/// reductions. The results depend neither on the number of ranks nor on the order of the values.
class Reducer {
 public:
  /// Adds a reduction and returns its index. Sums are numbered separately from minima and maxima. Must be
  /// called in the same order on every rank.
  int add_sum();
  int add_minimum();
  int add_maximum() { return add_minimum(); }

  /// This rank's accumulator of a sum. reduce() clears all accumulators.
  base::ExactSum& sum(int index) { return sums_[static_cast<std::size_t>(index)]; }
  /// Includes `value` in a minimum.
  void include_minimum(int index, double value);
  /// Includes `value` in a maximum.
  void include_maximum(int index, double value) { include_minimum(index, -value); }

  /// Combines the accumulators of all ranks. @note Collective over `comm`.
  void reduce(const transport::Communicator& comm);

  /// Results of the last reduce(). If there are no values, a minimum is +infinity and a maximum is -infinity;
  /// if any value is NaN, both are NaN. Sums are correctly rounded.
  double sum_result(int index) const { return sum_results_[static_cast<std::size_t>(index)]; }
  double minimum_result(int index) const;
  double maximum_result(int index) const;

 private:
  std::vector<base::ExactSum> sums_;
  std::vector<double> sum_results_;
  std::vector<std::int64_t> words_;
  // Keys of minima. A maximum is stored as the minimum of the negated values, so that NaN is always smallest.
  std::vector<std::int64_t> keys_;
  std::vector<std::int64_t> key_results_;
};

/// The minimum of `value` over all ranks; NaN if any value is NaN. @note Collective.
double allreduce_min(const transport::Communicator& comm, double value);

}  // namespace tessera::reduction
