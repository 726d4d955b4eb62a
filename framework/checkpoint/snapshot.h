// A copy of this rank's fields at one instant, as it goes to the disk.
#pragma once

#include "checkpoint/manifest.h"
#include "field/buffer.h"
#include "field/field_store.h"
#include "partition/partition.h"

#include <map>
#include <span>
#include <vector>

namespace tessera::checkpoint {

/// The blocks of all chunks of a rank and their index, ready to be written in one piece. Its memory is kept
/// from one snapshot to the next.
class Snapshot {
 public:
  /// Copies the owned cells of `fields` (indices into those of the store), chunk by chunk, and computes the
  /// checksums from this copy. `costs`: measured costs by chunk, where there are any.
  void take(const field::FieldStore& store, const partition::Partition& partition, int rank,
            const std::vector<int>& fields, const std::map<std::int64_t, double>& costs);

  /// A whole number of pages.
  std::span<const std::byte> bytes() const { return {memory_.data(), used_}; }
  /// Offsets in the segment and in the blocks' records are from the start of the bytes; the index is part of
  /// them.
  const Segment& segment() const { return segment_; }
  /// The same for a segment that stands at `offset` of a part: changes the index and its checksum.
  void place_at(std::uint32_t part, std::uint64_t offset);
  const std::vector<IndexRecord>& blocks() const { return blocks_; }

 private:
  field::Buffer memory_{0};
  std::size_t used_ = 0;
  Segment segment_;
  std::vector<IndexRecord> blocks_;
};

}  // namespace tessera::checkpoint
