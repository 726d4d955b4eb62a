// Where the values of a field are stored in a file, and their digest.
#pragma once

#include "host/durable_file.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::output {

/// The values of a field in a field file: consecutive little-endian floating-point numbers. With this, a file
/// can be verified without HDF5, which is not made for damaged files.
struct StoredArray {
  std::string name;               ///< name of the field
  std::uint64_t offset = 0;       ///< of the first value in the file, in bytes
  std::uint64_t cells = 0;        ///< number of cells
  std::uint32_t components = 1;   ///< values per cell
  std::uint32_t value_bytes = 8;  ///< 4 or 8
  std::uint64_t digest = 0;       ///< digest of the field, see base::Digest

  std::uint64_t bytes() const { return cells * components * value_bytes; }

  friend bool operator==(const StoredArray&, const StoredArray&) = default;
};

/// The digest of the values that the file contains. Throws base::Error if they cannot be read.
std::uint64_t digest_in(const host::DurableFile& file, const StoredArray& array);

/// The XXH3 hash of all bytes of the file that belong to none of the arrays, which must be sorted by offset
/// and lie in the file. Throws base::Error if they cannot be read.
std::uint64_t hash_of_rest(const host::DurableFile& file, const std::vector<StoredArray>& arrays);

}  // namespace tessera::output
