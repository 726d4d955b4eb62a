// Indexes of any bytes, of segments of any place. An input is the segment's offset (u64) and bytes (u64), the
// number of fields (u32), then the index.
#include "checkpoint/manifest.h"
#include "checkpoint/record.h"
#include "properties.h"

using namespace tessera::checkpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t head = 20;
  if (size < head) return 0;
  RecordReader in{fuzz::view(data, head), "the head of an input"};
  Segment segment;
  segment.offset = in.u64();
  segment.bytes = in.u64();
  const std::uint32_t fields = in.u32();
  const std::string_view bytes = fuzz::view(data + head, size - head);

  const auto records =
      fuzz::decoded(bytes.size(), [&] { return decoded_index(bytes, segment, fields, "an index"); });
  if (!records) return 0;
  for (const IndexRecord& r : *records) {
    fuzz::require(r.field < fields, "a block is of a field that is there");
    fuzz::require(
        r.offset >= segment.offset && fuzz::within(r.offset - segment.offset, r.bytes, segment.bytes),
        "a block lies within its segment");
  }
  fuzz::require(encoded(*records) == bytes, "an index that is read is written with the same bytes");
  return 0;
}
