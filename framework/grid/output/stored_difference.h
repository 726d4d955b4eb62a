// Compares the fields of two stored snapshots.
#pragma once

#include "grid/output/snapshot_reader.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// The values in which two stored fields differ.
struct StoredDifference {
  std::int64_t values = 0;  ///< number of values that differ by more than the tolerance
  double largest = 0.0;     ///< largest of their absolute differences; NaN if one is not a number
  std::size_t first = 0;    ///< index of the first of them, in file order
};

/// Compares two fields of the same shape value by value. Values of the same bits never differ; with a
/// `tolerance` of 0, all others do (0.0 and -0.0 as well).
StoredDifference compare(const StoredField& a, const StoredField& b, double tolerance);

/// Indices "(x, y, z)" of the cell that holds the value with index `place` in file order.
std::string cell_text(const StoredField& field, std::size_t place);

/// How a field of one snapshot compares with the field of the same name in another.
struct FieldComparison {
  enum class Kind {
    compared,
    only_in_first,
    only_in_second,
    incomparable  ///< of another shape or precision
  };

  std::string name;
  Kind kind = Kind::compared;
  std::size_t values = 0;       ///< number of values compared
  StoredDifference difference;  ///< all zero unless compared
  std::string first_cell;       ///< cell of the first value that differs; empty if none does

  /// Whether both snapshots have the field and no value differs.
  bool is_same() const { return kind == Kind::compared && difference.values == 0; }
};

/// Compares all fields: those of `first` in its order, then those that only `second` has.
std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance);

}  // namespace tessera::output
