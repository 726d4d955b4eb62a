// Reads snapshots.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tessera::hdf5 {
class ForeignFile;
}

namespace tessera::output {

/// Number of values of a field that are in memory at once: 32 MiB as doubles. A field may be much larger than
/// the memory of the host on which it is examined.
inline constexpr std::uint64_t max_values_in_memory = std::uint64_t{1} << 22;

/// A field of a snapshot, as stored in the file. Its values stay in the file.
struct StoredField {
  std::string name;
  bool single_precision = false;
  std::vector<std::int64_t> shape;  ///< [z][y][x], then components if there are several
  int components = 1;
  std::uint64_t digest = 0;  ///< of the values; equal to the digest of the field in the run that wrote it

  std::uint64_t value_count() const;
};

/// All fields of a snapshot, sorted by name, and its step and time.
struct StoredSnapshot {
  std::string path;
  std::int64_t step = 0;
  double time = 0.0;
  std::vector<StoredField> fields;
  std::shared_ptr<const hdf5::ForeignFile> file;  ///< the open file

  /// Reads a whole file, in pieces of bounded memory. Throws base::Error: no_input if the file does not
  /// exist, bad_data if it is damaged or was not written by Tessera, os_error if there is not enough memory.
  /// Values that do not have the digest stored with them count as damage.
  static StoredSnapshot read(const std::string& path);

  /// Returns the path of the newest snapshot in the run directory `path`, or `path` itself if it is not a
  /// directory. Throws base::Error (no_input) if the directory has no snapshot.
  static std::string find_newest(const std::string& path);
};

}  // namespace tessera::output
