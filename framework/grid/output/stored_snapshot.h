// Reads snapshots back, and compares them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// A field of a snapshot, as stored.
struct StoredField {
  std::string name;
  bool single_precision = false;
  std::vector<std::int64_t> shape;  ///< [z][y][x] and, where there are several, components
  int components = 1;
  std::vector<double> values;  ///< in the order of the file; floats widened, which is exact
};

/// All fields of a snapshot, sorted by name, and its step and time.
struct StoredSnapshot {
  std::string path;
  std::int64_t step = 0;
  double time = 0.0;
  std::vector<StoredField> fields;

  /// Reads a whole file. Throws base::Error: no_input when it cannot be opened, bad_data when it is no
  /// snapshot of Tessera's or is damaged.
  static StoredSnapshot read(const std::string& path);

  /// The newest snapshot of a run directory, or `path` itself when it is a file. Throws base::Error
  /// (no_input) when there is none.
  static std::string newest(const std::string& path);
};

/// Digest of a stored field, equal to that of the run that wrote it.
std::uint64_t digest_of(const StoredField& field);

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
