// A copy of the state that one rank saves, in the layout of the part file.
#pragma once

#include "base/buffer.h"
#include "checkpoint/contents.h"
#include "checkpoint/manifest.h"

#include <atomic>
#include <span>
#include <vector>

namespace tessera::checkpoint {

/// The blocks of a rank and their index, in the layout of the part file, padded to whole pages. The memory is
/// reused for the next snapshot. Filled pages can be written while later ones are still being filled: call
/// plan() and place_at(), then fill() in one thread and wait_for_filled() in another.
class Snapshot {
 public:
  /// Lays out the blocks of `contents`, starting at offset 0. Throws base::Error (os_error) if out of memory.
  void plan(const Contents& contents);
  /// Assigns the segment to `part`, starting at `offset`. Adds `offset` to all offsets of the segment.
  void place_at(std::uint32_t part, std::uint64_t offset);
  /// Copies the blocks of `contents`, which plan() has laid out, computes the checksums of the copies, and
  /// writes the index.
  void fill(const Contents& contents);

  /// Compresses each block that becomes smaller, and closes the gaps between blocks. Must be called after
  /// fill() and before place_at(). The caller must call write_index() after place_at(). Throws base::Error
  /// (os_error) if out of memory.
  void compress();
  /// Writes the index with the current offsets and sizes, and sets its checksum.
  void write_index();

  /// The bytes to write: a whole number of pages.
  std::span<const std::byte> bytes() const { return {memory_.data(), used_}; }
  /// Waits until more than `known_bytes` bytes, or all bytes, are filled. Returns the number of filled bytes,
  /// which is a whole number of pages.
  std::size_t wait_for_filled(std::size_t known_bytes) const;
  /// The segment; complete after fill().
  const Segment& segment() const { return segment_; }
  const std::vector<IndexRecord>& index() const { return index_; }

 private:
  void notify_filled(std::size_t bytes);

  base::Buffer memory_;
  std::size_t used_ = 0;
  std::atomic<std::size_t> filled_{0};
  Segment segment_;
  std::vector<IndexRecord> index_;
};

}  // namespace tessera::checkpoint
