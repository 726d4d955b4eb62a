// Reductions over all cells of all ranks, exact and independent of the order.
#pragma once

#include "base/exact_sum.h"
#include "transport/communicator.h"

#include <cstdint>
#include <vector>

namespace tessera::reduction {

/// Maps doubles to integers in the same order, in which NaN comes first: any NaN wins a minimum. MPI's
/// minimum of integers can then be used.
std::int64_t ordered_key(double value);
/// The inverse of ordered_key().
double value_of_key(std::int64_t key);

/// Accumulates sums, minima and maxima on each rank, and combines all of them over the ranks in two MPI
/// reductions. The results depend neither on the number of ranks nor on the order of the values.
class Reducer {
 public:
  /// Adds a reduction and returns its number. Must be called in the same order on every rank.
  int add_sum();
  int add_minimum();
  int add_maximum() { return add_minimum(); }

  /// This rank's accumulator of a sum. Accumulators are cleared by reduce().
  base::ExactSum& sum(int number) { return sums_[static_cast<std::size_t>(number)]; }
  /// Includes `value` in a minimum.
  void include_minimum(int number, double value);
  /// Includes `value` in a maximum.
  void include_maximum(int number, double value) { include_minimum(number, -value); }

  /// Combines all ranks' accumulators. @note Collective over `comm`.
  void reduce(const transport::Communicator& comm);

  /// Results of the last reduce(). Without values, a minimum is +infinity and a maximum -infinity; with any
  /// NaN, both are NaN. Sums are correctly rounded.
  double sum_result(int number) const { return sum_results_[static_cast<std::size_t>(number)]; }
  double minimum_result(int number) const;
  double maximum_result(int number) const;

 private:
  std::vector<base::ExactSum> sums_;
  std::vector<double> sum_results_;
  std::vector<std::int64_t> words_;
  std::vector<std::int64_t> keys_;  // keys of minima and of negated maxima, so that NaN wins in both
  std::vector<std::int64_t> key_results_;
};

/// The smallest `value` of all ranks; NaN if any is NaN. @note Collective.
double allreduce_min(const transport::Communicator& comm, double value);

}  // namespace tessera::reduction
