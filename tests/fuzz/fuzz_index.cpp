// Indexes of arbitrary bytes, in arbitrary segments. An input is the segment's offset (u64), the offset of
// its index (u64), a run of chunks (i64 first, i64 count), then the index.
#include "base/record.h"
#include "checkpoint/manifest.h"
#include "properties.h"

#include <set>
#include <utility>

using namespace tessera::checkpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t head = 32;
  if (size < head) return 0;
  tessera::base::RecordReader in{fuzz::view(data, head), "the head of an input"};
  Segment segment;
  segment.offset = in.u64();
  segment.index_offset = in.u64();
  const ChunkRange chunks{in.i64(), in.i64()};
  if (chunks.first < 0 || chunks.count < 1 || chunks.count >= INT64_MAX - chunks.first) return 0;
  segment.chunks = {chunks};  // as a manifest's
  const std::string_view bytes = fuzz::view(data + head, size - head);

  const auto records = fuzz::decoded(bytes.size(), [&] { return decode_index(bytes, segment, "an index"); });
  if (!records) return 0;
  std::set<std::pair<std::int64_t, std::uint32_t>> seen;
  unsigned __int128 end = segment.offset;
  for (const IndexRecord& r : *records) {
    fuzz::require(r.chunk >= chunks.first &&
                      static_cast<__int128>(r.chunk) < static_cast<__int128>(chunks.first) + chunks.count,
                  "a block is of a chunk of its segment");
    fuzz::require(seen.insert({r.chunk, r.piece}).second, "a block occurs once");
    fuzz::require(r.offset >= end, "blocks do not overlap, nor begin before their segment");
    end = static_cast<unsigned __int128>(r.offset) + r.stored_bytes;
    fuzz::require(end <= segment.index_offset, "a block lies before the index");
    fuzz::require(r.stored_bytes <= r.raw_bytes, "a block is not stored in more bytes than it has");
    fuzz::require(r.raw_bytes <= (static_cast<unsigned __int128>(r.stored_bytes) / 3 + 1) << 17,
                  "a block claims no more bytes than can be compressed into it");
  }
  fuzz::require(encode(*records) == bytes, "an index that is read is written with the same bytes");
  return 0;
}
