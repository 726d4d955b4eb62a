#include "checkpoint/snapshot.h"

#include "base/contract.h"
#include "base/digest.h"
#include "checkpoint/compression.h"
#include "host/durable_file.h"

#include <algorithm>
#include <cstring>

namespace tessera::checkpoint {

namespace {

/// Bytes between two notifications of the write thread: large enough to write at full speed.
constexpr std::size_t notify_bytes = std::size_t{8} << 20;

std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

std::vector<ChunkRange> chunk_ranges_of(const std::vector<BlockSpec>& blocks) {
  std::vector<std::int64_t> chunks;
  for (const BlockSpec& b : blocks) {
    if (chunks.empty() || chunks.back() != b.chunk) chunks.push_back(b.chunk);
  }
  std::sort(chunks.begin(), chunks.end());
  chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
  std::vector<ChunkRange> ranges;
  for (const std::int64_t chunk : chunks) {
    if (ranges.empty() || ranges.back().first + ranges.back().count != chunk) ranges.push_back({chunk, 0});
    ++ranges.back().count;
  }
  return ranges;
}

}  // namespace

void Snapshot::plan(const Contents& contents) {
  segment_ = {};
  segment_.chunks = chunk_ranges_of(contents.blocks);
  base::expects(segment_.chunks.empty() || segment_.chunks.front().first >= 0,
                "chunk numbers must not be negative");
  index_.clear();
  index_.reserve(contents.blocks.size());
  std::size_t total = 0;
  for (const BlockSpec& b : contents.blocks) {
    index_.push_back({b.chunk, b.piece, total, b.bytes, b.bytes, 0, b.cost});
    total += round_up(b.bytes, 8);
  }
  segment_.index_offset = total;
  segment_.block_count = index_.size();
  used_ = round_up(total + index_.size() * index_record_bytes, host::direct_alignment);
  if (memory_.size() < used_) {
    memory_ = {};  // free the old buffer before allocating the new one
    memory_ = base::Buffer{used_};
  }
  segment_.bytes = used_;
  filled_ = 0;
}

void Snapshot::place_at(std::uint32_t part, std::uint64_t offset) {
  segment_.part = part;
  segment_.offset = offset;
  segment_.index_offset += offset;
  for (IndexRecord& r : index_) r.offset += offset;
}

void Snapshot::fill(const Contents& contents) {
  struct NotifyOnExit {  // so that the write thread does not wait forever if this function throws
    Snapshot& snapshot;
    ~NotifyOnExit() { snapshot.notify_filled(snapshot.used_); }
  } const notify_on_exit{*this};
  std::size_t notified = 0;
  for (std::size_t n = 0; n < index_.size(); ++n) {
    IndexRecord& r = index_[n];
    const std::size_t offset = r.offset - segment_.offset;
    std::byte* to = memory_.data() + offset;
    contents.copy(n, to);
    r.hash = base::hash_of({to, r.raw_bytes});
    std::memset(to + r.raw_bytes, 0,
                round_up(r.raw_bytes, 8) - r.raw_bytes);  // an earlier checkpoint was here
    if (offset - notified >= notify_bytes) {
      notified = offset / host::direct_alignment * host::direct_alignment;
      notify_filled(notified);
    }
  }
  write_index();
}

void Snapshot::compress() {
  Compressor compressor;
  std::size_t offset = 0;
  for (IndexRecord& r : index_) {
    std::byte* const from = memory_.data() + r.offset;
    const std::span<const std::byte> compressed = compressor.compress({from, r.raw_bytes});
    if (compressed.empty()) {
      std::memmove(memory_.data() + offset, from, r.raw_bytes);
    } else {
      std::memcpy(memory_.data() + offset, compressed.data(), compressed.size());
      r.stored_bytes = compressed.size();
      r.hash = base::hash_of(compressed);
    }
    r.offset = offset;
    const std::size_t next_offset = offset + round_up(r.stored_bytes, 8);
    std::memset(memory_.data() + offset + r.stored_bytes, 0, next_offset - offset - r.stored_bytes);
    offset = next_offset;
  }
  segment_.index_offset = offset;
  used_ = round_up(offset + index_.size() * index_record_bytes, host::direct_alignment);
  segment_.bytes = used_;
  notify_filled(used_);
}

void Snapshot::write_index() {
  const std::string index = encode(index_);
  std::byte* to = memory_.data() + (segment_.index_offset - segment_.offset);
  std::memcpy(to, index.data(), index.size());
  std::memset(to + index.size(), 0, used_ - (segment_.index_offset - segment_.offset) - index.size());
  segment_.index_hash = base::hash_of({to, index.size()});
}

void Snapshot::notify_filled(std::size_t bytes) {
  filled_.store(bytes, std::memory_order_release);
  filled_.notify_all();
}

std::size_t Snapshot::wait_for_filled(std::size_t known_bytes) const {
  for (;;) {
    const std::size_t filled = filled_.load(std::memory_order_acquire);
    if (filled > known_bytes || filled == used_) return filled;
    filled_.wait(filled, std::memory_order_acquire);
  }
}

}  // namespace tessera::checkpoint
