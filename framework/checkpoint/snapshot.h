// A copy of this rank's fields at one instant, as it goes to the disk.
#pragma once

#include "checkpoint/manifest.h"
#include "field/buffer.h"
#include "field/field_store.h"
#include "partition/partition.h"

#include <atomic>
#include <map>
#include <span>
#include <vector>

namespace tessera::checkpoint {

/// The blocks of all chunks of a rank and their index, as they will lie in a part, page after page. Its
/// memory is kept from one snapshot to the next. What is filled can be written while the rest is not there
/// yet:
///
///   plan(), place_at(), then fill() in one thread and filled() in another.
class Snapshot {
 public:
  /// Lays out the owned cells of `fields` (indices into those of the store), chunk by chunk. `costs`:
  /// measured costs by chunk, where there are any. Throws base::Error (os_error) without memory for it.
  void plan(const field::FieldStore& store, const partition::Partition& partition, int rank,
            const std::vector<int>& fields, const std::map<std::int64_t, double>& costs);
  /// The segment stands at `offset` of a part; it stood at 0.
  void place_at(std::uint32_t part, std::uint64_t offset);
  /// Copies the cells, and computes the checksums from this copy.
  void fill(const field::FieldStore& store, const partition::Partition& partition,
            const std::vector<int>& fields);

  /// After fill() and before place_at(): blocks take fewer bytes where they can, and move together. seal()
  /// must follow place_at() then. Throws base::Error (os_error).
  void compress();
  /// Writes the index anew.
  void seal();

  /// A whole number of pages.
  std::span<const std::byte> bytes() const { return {memory_.data(), used_}; }
  /// Waits until more than the first `known` bytes are filled; how many are: a whole number of pages.
  std::size_t filled(std::size_t known) const;
  /// Whole after fill().
  const Segment& segment() const { return segment_; }
  const std::vector<IndexRecord>& blocks() const { return blocks_; }

 private:
  void note_filled(std::size_t bytes);

  field::Buffer memory_{0};
  std::size_t used_ = 0;
  std::atomic<std::size_t> filled_{0};
  Segment segment_;
  std::vector<IndexRecord> blocks_;
};

}  // namespace tessera::checkpoint
