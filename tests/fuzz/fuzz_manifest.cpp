// Decodes arbitrary bytes as a manifest, both unchanged and with a corrected checksum, because mutations are
// unlikely to produce a correct one.
#include "base/digest.h"
#include "base/record.h"
#include "checkpoint/manifest.h"
#include "properties.h"

#include <algorithm>
#include <set>
#include <span>

using tessera::checkpoint::Manifest;

namespace {

void check_segments(const Manifest& m) {
  for (const auto& s : m.segments) {
    fuzz::require(s.part < m.part_bytes.size(), "a segment belongs to an existing part");
    fuzz::require(fuzz::within(s.offset, s.bytes, m.part_bytes[s.part]), "a segment is within its part");
    fuzz::require(s.index_offset >= s.offset, "an index is within its segment");
    const auto index_bytes =
        static_cast<unsigned __int128>(s.block_count) * tessera::checkpoint::index_record_bytes;
    fuzz::require(index_bytes <= m.part_bytes[s.part], "an index is not larger than its part");
    fuzz::require(fuzz::within(s.index_offset - s.offset, static_cast<std::uint64_t>(index_bytes), s.bytes),
                  "an index is within its segment");
    fuzz::check_runs(s.chunks);
  }
}

void check_chunks(const Manifest& m) {
  std::vector<tessera::checkpoint::ChunkRange> all;
  for (const auto& s : m.segments) {
    unsigned __int128 chunks = 0;
    for (const auto& run : s.chunks) chunks += static_cast<std::uint64_t>(run.count);
    fuzz::require(chunks <= s.block_count, "a segment has a block for each of its chunks");
    all.insert(all.end(), s.chunks.begin(), s.chunks.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t n = 1; n < all.size(); ++n) {
    fuzz::require(all[n - 1].first + all[n - 1].count <= all[n].first, "a chunk is in only one segment");
  }
}

void check_sections(const Manifest& m) {
  std::set<std::string> owners;
  for (const auto& s : m.sections)
    fuzz::require(owners.insert(s.owner).second, "an owner has only one section");
}

void check(std::string_view bytes) {
  const auto manifest = fuzz::try_decode(bytes.size(), [&] { return Manifest::decode(bytes, "manifest"); });
  if (!manifest) return;
  fuzz::require(manifest->encode() == bytes, "encoding a decoded manifest gives the same bytes");
  check_segments(*manifest);
  check_chunks(*manifest);
  check_sections(*manifest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw = fuzz::view(data, size);
  check(raw);
  if (size < 8) return 0;
  const std::string_view body = raw.substr(0, size - 8);
  tessera::base::RecordWriter checksum;
  checksum.u64(tessera::base::hash_of(std::as_bytes(std::span{body})));
  check(std::string{body} + checksum.bytes());
  return 0;
}
