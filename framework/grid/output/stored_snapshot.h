// Reads snapshots and compares them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// A field of a snapshot, as stored in the file.
struct StoredField {
  std::string name;
  bool single_precision = false;
  std::vector<std::int64_t> shape;  ///< [z][y][x], then components if there are several
  int components = 1;
  std::vector<double> values;  ///< in file order; single-precision values are converted to double
};

/// All fields of a snapshot, sorted by name, and its step and time.
struct StoredSnapshot {
  std::string path;
  std::int64_t step = 0;
  double time = 0.0;
  std::vector<StoredField> fields;

  /// Reads a whole file. Throws base::Error: no_input if the file does not exist, bad_data if it is damaged
  /// or was not written by Tessera. Values that do not have the digest stored with them count as damage.
  static StoredSnapshot read(const std::string& path);

  /// Returns the path of the newest snapshot in the run directory `path`, or `path` itself if it is not a
  /// directory. Throws base::Error (no_input) if the directory has no snapshot.
  static std::string find_newest(const std::string& path);
};

/// Digest of a stored field, equal to the digest of the field in the run that wrote it.
std::uint64_t digest_of(const StoredField& field);

/// The differences between the values of two stored fields.
struct StoredDifference {
  std::int64_t count = 0;  ///< number of values that differ by more than the tolerance
  double largest = 0.0;    ///< largest absolute difference of such values; NaN if any difference is NaN
  std::size_t first = 0;   ///< position of the first such value in file order
};

/// Compares two fields of the same shape value by value. Values with the same bits never differ; with a
/// `tolerance` of 0, all other values do (even 0.0 and -0.0).
StoredDifference compare(const StoredField& a, const StoredField& b, double tolerance);

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
  std::size_t compared_values = 0;  ///< number of values that were compared
  StoredDifference difference;      ///< all zero unless compared
  std::string first_cell;  ///< cell of the first value that differs, see cell_text(); empty if none differs

  /// Whether both snapshots have the field and no value differs.
  bool is_same() const { return kind == Kind::compared && difference.count == 0; }
};

/// Compares all fields of two snapshots. Returns the results for the fields of `first`, in order, then for
/// the fields that only `second` has.
std::vector<FieldComparison> compare(const StoredSnapshot& first, const StoredSnapshot& second,
                                     double tolerance);

}  // namespace tessera::output
