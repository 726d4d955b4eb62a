// Decodes arbitrary bytes as the index of an arbitrary segment. An input consists of the segment's offset
// (u64), the offset of its index (u64), a run of chunks (i64 first, i64 count), and the bytes of the index.
#include "base/record.h"
#include "checkpoint/manifest.h"
#include "properties.h"

#include <set>
#include <utility>

using namespace tessera::checkpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t header_size = 32;
  if (size < header_size) return 0;
  tessera::base::RecordReader in{fuzz::view(data, header_size), "the header of an input"};
  Segment segment;
  segment.offset = in.u64();
  segment.index_offset = in.u64();
  const ChunkRange chunks{in.i64(), in.i64()};
  if (chunks.first < 0 || chunks.count < 1 || chunks.count >= INT64_MAX - chunks.first) return 0;
  segment.chunks = {chunks};  // valid, as in a decoded manifest
  const std::string_view bytes = fuzz::view(data + header_size, size - header_size);

  const auto records =
      fuzz::try_decode(bytes.size(), [&] { return decode_index(bytes, segment, "an index"); });
  if (!records) return 0;
  std::set<std::pair<std::int64_t, std::uint32_t>> seen;
  unsigned __int128 end = segment.offset;
  for (const IndexRecord& r : *records) {
    fuzz::require(r.chunk >= chunks.first &&
                      static_cast<__int128>(r.chunk) < static_cast<__int128>(chunks.first) + chunks.count,
                  "a block belongs to a chunk of its segment");
    fuzz::require(seen.insert({r.chunk, r.piece}).second, "a block occurs only once");
    fuzz::require(r.offset >= end, "blocks neither overlap nor begin before their segment");
    end = static_cast<unsigned __int128>(r.offset) + r.stored_bytes;
    fuzz::require(end <= segment.index_offset, "a block ends before the index begins");
    fuzz::require(r.stored_bytes <= r.raw_bytes, "the stored size of a block is at most its raw size");
    fuzz::require(r.raw_bytes <= (static_cast<unsigned __int128>(r.stored_bytes) / 3 + 1) << 17,
                  "the compression ratio of a block is possible");
  }
  fuzz::require(encode(*records) == bytes, "encoding a decoded index gives the same bytes");
  return 0;
}
