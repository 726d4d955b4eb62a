// Named reductions over all cells of all ranks, exact and free of order.
#pragma once

#include "base/exact_sum.h"
#include "transport/communicator.h"

#include <cstdint>
#include <vector>

namespace tessera::reduction {

/// The smallest (or largest) of some doubles, as an integer in the same order, in which NaN comes before
/// everything: a NaN anywhere wins a minimum. So MPI's own minimum of integers is enough.
std::int64_t ordered_key(double value);
double value_of_key(std::int64_t key);

/// Collects sums, minima and maxima on each rank and combines them over the ranks in two calls
/// whatever their number. Results are equal at any rank count and in any order.
class Reducer {
 public:
  /// Each returns the number under which its result is found; call alike on every rank.
  int add_sum();
  int add_minimum();
  int add_maximum() { return add_minimum(); }

  /// This rank's accumulators; cleared by reduce().
  base::ExactSum& sum(int number) { return sums_[static_cast<std::size_t>(number)]; }
  void lower(int number, double value);
  void raise(int number, double value) { lower(number, -value); }

  /// Combines all ranks' accumulators. @note Collective over `comm`.
  void reduce(const transport::Communicator& comm);

  /// Results of the last reduce(). The minimum or maximum of nothing is +infinity or -infinity; of
  /// anything with a NaN, NaN. Sums are correctly rounded.
  double sum_result(int number) const { return sum_results_[static_cast<std::size_t>(number)]; }
  double minimum_result(int number) const;
  double maximum_result(int number) const;

 private:
  std::vector<base::ExactSum> sums_;
  std::vector<double> sum_results_;
  std::vector<std::int64_t> words_;
  std::vector<std::int64_t> keys_;  // of minima, and of negated maxima, so that a NaN wins there too
  std::vector<std::int64_t> key_results_;
};

/// The smallest `value` of all ranks; NaN when any is NaN. @note Collective.
double global_minimum(const transport::Communicator& comm, double value);

}  // namespace tessera::reduction
