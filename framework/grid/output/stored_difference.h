// The differences between the values of two fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::output {

/// The differences between the values of two stored fields.
struct StoredDifference {
  std::int64_t count = 0;  ///< number of values that differ by more than the tolerance
  double largest = 0.0;    ///< largest absolute difference of such values; NaN if any difference is NaN
  std::size_t first = 0;   ///< position of the first such value in file order
};

/// Compares the values of two fields of the same shape, piece by piece. Values with the same bits never
/// differ; with a tolerance of 0, all other values do (even 0.0 and -0.0).
class ValueComparison {
 public:
  explicit ValueComparison(double tolerance) : tolerance_{tolerance} {}

  /// Compares a run of values of each field. `position`: that of the first value in file order. The runs may
  /// be added in any order.
  void add(std::span<const double> a, std::span<const double> b, std::size_t position);

  /// The differences between the values so far.
  const StoredDifference& difference() const { return difference_; }

 private:
  double tolerance_;
  StoredDifference difference_;
};

}  // namespace tessera::output
