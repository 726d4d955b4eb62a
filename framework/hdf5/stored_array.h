// Arrays of numbers in HDF5 files that others have written.
#pragma once

#include "hdf5/array_pieces.h"
#include "hdf5/chunk_filters.h"
#include "hdf5/foreign_file.h"
#include "host/memory_limit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::hdf5 {

/// Maximum number of values that are read from an array at once: 16 GiB as doubles. Larger arrays are read in
/// pieces.
inline constexpr std::uint64_t max_array_values = std::uint64_t{1} << 31;

/// A data set of numbers. Its type, shape and storage are checked before any memory is allocated for its
/// values.
class StoredArray {
 public:
  /// Opens the data set `name`. Throws base::Error (bad_data) unless all its values are stored in the file
  /// itself, as integers of 8 to 64 bits or as floating-point numbers, without filters other than deflate,
  /// shuffle and fletcher32.
  StoredArray(const ForeignFile& file, const std::string& name);

  hid_t id() const { return dataset_.get(); }
  /// The name for messages: "data set `NAME` in `PATH`".
  const std::string& label() const { return label_; }
  /// The shape: at least one dimension, and no extent is 0.
  const std::vector<hsize_t>& extents() const { return extents_; }
  /// The shape of a chunk; empty unless the values are stored in chunks.
  const std::vector<hsize_t>& chunk() const { return chunk_; }
  /// Size of a stored value in bytes.
  std::size_t value_bytes() const { return value_bytes_; }

  /// Throws base::Error (bad_data) if a value of a non-empty `box` within the array was never written, or if
  /// the values are much larger than their representation in the file.
  void expect_stored(const ArrayBox& box) const;

  /// Reads the values of a non-empty `box` within the array, the last dimension fastest. Throws base::Error:
  /// os_error if this needs more than `memory` bytes; bad_data if a value was never written, if the values
  /// are damaged, if there are more than max_array_values, or if they are much larger than their
  /// representation in the file.
  std::vector<double> read(const ArrayBox& box, double memory = host::available_memory().bytes) const;

  /// Reads all values.
  std::vector<double> read(double memory = host::available_memory().bytes) const {
    return read({std::vector<hsize_t>(extents_.size(), 0), extents_}, memory);
  }

 private:
  void check_storage(hid_t creation, const std::string& path);
  std::uint64_t stored_bytes(const ArrayBox& box) const;
  void read_filtered(const ArrayBox& box, std::vector<double>& values) const;

  std::string label_;
  Hdf5Handle dataset_;
  Hdf5Handle type_;
  std::vector<hsize_t> extents_;
  std::vector<hsize_t> chunk_;
  std::size_t value_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;        ///< size of all values, unpacked
  std::uint64_t chunk_values_ = 0;       ///< number of values of a chunk
  std::optional<ChunkFilters> filters_;  ///< if the data set is stored in chunks
  bool partial_chunks_unfiltered_ = false;
};

}  // namespace tessera::hdf5
