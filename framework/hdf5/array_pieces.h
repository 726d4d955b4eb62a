// The pieces in which a large array is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <hdf5.h>

namespace tessera::hdf5 {

/// A box of elements of an array, one entry per dimension, the slowest first.
struct ArrayBox {
  std::vector<hsize_t> first;
  std::vector<hsize_t> count;
};

/// Divides an array into boxes that cover each element once. They consist of whole chunks, so that no chunk
/// is unpacked twice, and have at most `max_values` values unless a chunk has more.
class ArrayPieces {
 public:
  /// `extents`: the shape of the array, without zeros. `chunk`: the shape of the chunks in which it is
  /// stored; empty if it is not stored in chunks.
  ArrayPieces(std::vector<hsize_t> extents, const std::vector<hsize_t>& chunk, std::uint64_t max_values);

  /// The next box; nullopt after the last one.
  std::optional<ArrayBox> next();

 private:
  std::vector<hsize_t> extents_;
  std::vector<hsize_t> step_;   // shape of the boxes, except at the end of the array
  std::vector<hsize_t> first_;  // start of the next box
  bool is_done_ = false;
};

/// Calls visit(position, offset, count) for runs of values of `box` that are consecutive in an array of shape
/// `extents`: the position of the first value in the order of the array and in the order of the box, the last
/// dimension fastest, and the number of values.
template <class Visit>
void for_each_run(const ArrayBox& box, const std::vector<hsize_t>& extents, Visit visit) {
  std::size_t outer = extents.size() - 1;  // number of dimensions that a run does not extend along
  std::uint64_t count = box.count[outer];
  while (outer > 0 && box.count[outer] == extents[outer]) count *= box.count[--outer];
  std::vector<hsize_t> at = box.first;
  bool has_next = true;
  for (std::uint64_t offset = 0; has_next; offset += count) {
    std::uint64_t position = 0;
    for (std::size_t d = 0; d < extents.size(); ++d) position = position * extents[d] + at[d];
    visit(position, offset, count);
    has_next = false;
    for (std::size_t d = outer; d-- > 0 && !has_next;) {
      has_next = ++at[d] < box.first[d] + box.count[d];
      if (!has_next) at[d] = box.first[d];
    }
  }
}

}  // namespace tessera::hdf5
