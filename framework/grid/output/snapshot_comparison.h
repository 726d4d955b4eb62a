// Compares the fields of two snapshots.
#pragma once

#include "grid/output/stored_difference.h"
#include "grid/output/stored_snapshot.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// Formats the cell of the value at position `index` in file order as "(i, j, k)", x first.
std::string cell_text(const StoredField& field, std::size_t index);

/// The result of comparing a field of one snapshot with the field of the same name in another.
struct FieldComparison {
  enum class Kind {
    compared,
    only_in_first,
    only_in_second,
    incomparable  ///< the fields differ in shape or precision
  };

  std::string name;
  Kind kind = Kind::compared;
  std::uint64_t compared_values = 0;  ///< number of values that were compared
  StoredDifference difference;        ///< all zero unless compared
  std::string first_cell;  ///< cell of the first value that differs, see cell_text(); empty if none differs

  /// Whether both snapshots have the field and no value differs.
  bool is_same() const { return kind == Kind::compared && difference.count == 0; }
};

/// Compares all fields of two snapshots; for `tolerance`, see ValueComparison. Returns the results for the
/// fields of `first`, in order, then for the fields that only `second` has. Reads the values in pieces of
/// bounded memory. Throws base::Error (bad_data, os_error) if this fails.
std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance);

}  // namespace tessera::output
