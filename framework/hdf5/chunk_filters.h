// The filters with which HDF5 stores the chunks of a data set.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <hdf5.h>

namespace tessera::hdf5 {

/// Undoes the filters of a data set, in place of HDF5: HDF5 1.10 does not compare the size of an unpacked
/// chunk with its declared size, so a damaged chunk may take any amount of memory, or be read beyond its end.
/// Supports deflate (gzip), shuffle and fletcher32.
class ChunkFilters {
 public:
  /// `creation`: the creation property list of the data set. `chunk_bytes`: size of an unpacked chunk.
  ChunkFilters(hid_t creation, std::size_t chunk_bytes);

  bool empty() const { return filters_.empty(); }

  /// Returns the name and number of the first filter that is not supported, for messages; nullopt if there is
  /// none.
  std::optional<std::string> unsupported() const;

  /// The largest size of a packed chunk.
  std::size_t max_packed_bytes() const;

  /// Unpacks a chunk. Bit n of `skipped` is set if filter n was not applied to this chunk. All filters must
  /// be supported. Returns false if the chunk is damaged: its size or checksum is wrong, or it cannot be
  /// decompressed.
  bool unpack(std::vector<std::byte>& chunk, unsigned skipped) const;

 private:
  struct Filter {
    H5Z_filter_t id = 0;
    unsigned parameter = 0;  ///< the first parameter; 0 if there is none
    std::string name;
  };

  std::size_t chunk_bytes_;
  std::vector<Filter> filters_;  ///< in the order in which they were applied
};

}  // namespace tessera::hdf5
