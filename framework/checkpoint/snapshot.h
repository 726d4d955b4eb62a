// A copy of the state that one rank saves, in the layout of the part file.
#pragma once

#include "base/buffer.h"
#include "checkpoint/contents.h"
#include "checkpoint/manifest.h"

#include <atomic>
#include <span>
#include <vector>

namespace tessera::checkpoint {

/// The blocks of a rank and their index, in the layout of the part file and in whole pages. The memory is
/// reused for the next snapshot. Pages that have been filled can be written while the rest is still being
/// copied:
///
///   plan(), place_at(), then fill() in one thread and filled() in another.
class Snapshot {
 public:
  /// Lays out the blocks of `contents`, at offset 0. Throws base::Error (os_error) if memory is short.
  void plan(const Contents& contents);
  /// Moves the segment, which is at offset 0, to `offset` of a part.
  void place_at(std::uint32_t part, std::uint64_t offset);
  /// Copies the blocks of `contents`, which plan() has laid out, and computes the checksums of the copies.
  void fill(const Contents& contents);

  /// Compresses the blocks that become smaller, and closes the gaps between blocks. Must be called after
  /// fill() and before place_at(); seal() must follow place_at(). Throws base::Error (os_error).
  void compress();
  /// Rewrites the index, with the offsets and sizes after compress() and place_at().
  void seal();

  /// The bytes to write: a whole number of pages.
  std::span<const std::byte> bytes() const { return {memory_.data(), used_}; }
  /// Waits until more than the first `known` bytes are filled. Returns how many are: a whole number of pages.
  std::size_t filled(std::size_t known) const;
  /// Complete after fill().
  const Segment& segment() const { return segment_; }
  const std::vector<IndexRecord>& index() const { return index_; }

 private:
  void note_filled(std::size_t bytes);

  base::Buffer memory_;
  std::size_t used_ = 0;
  std::atomic<std::size_t> filled_{0};
  Segment segment_;
  std::vector<IndexRecord> index_;
};

}  // namespace tessera::checkpoint
