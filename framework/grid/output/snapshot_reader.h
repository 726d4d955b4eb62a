// Reads snapshots back, to compare them.
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

}  // namespace tessera::output
