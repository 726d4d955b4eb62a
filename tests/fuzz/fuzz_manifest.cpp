// Manifests of any bytes: as they are, and with a checksum that is made right, since no mutation would guess
// it.
#include "checkpoint/manifest.h"
#include "checkpoint/record.h"
#include "properties.h"

#include <span>

using tessera::checkpoint::Manifest;

namespace {

void check_segments(const Manifest& m) {
  for (const auto& s : m.segments) {
    fuzz::require(s.part < m.parts.size(), "a segment is of a part that is there");
    fuzz::require(fuzz::within(s.offset, s.bytes, m.parts[s.part]), "a segment lies within its part");
    fuzz::require(s.index_offset >= s.offset, "an index lies within its segment");
    const auto index_bytes =
        static_cast<unsigned __int128>(s.blocks) * tessera::checkpoint::index_record_bytes;
    fuzz::require(index_bytes <= m.parts[s.part], "an index is no longer than its part");
    fuzz::require(fuzz::within(s.index_offset - s.offset, static_cast<std::uint64_t>(index_bytes), s.bytes),
                  "an index lies within its segment");
    for (const auto& b : s.bricks) {
      for (int a = 0; a < 3; ++a) {
        fuzz::require(0 <= b.lower[a] && b.lower[a] < b.upper[a] && b.upper[a] <= m.lattice[a],
                      "a brick is a box of the lattice");
      }
    }
  }
}

/// Names are put behind the run directory's; they must not lead out of it.
void check_names(const Manifest& m) {
  for (const auto& t : m.state.tables) {
    fuzz::require(!t.name.empty() && t.name.find('/') == std::string::npos, "a table is a file of the run");
    fuzz::require(t.name != "." && t.name != "..", "a table is a file of the run, not a folder");
    fuzz::require(t.name.find('\0') == std::string::npos, "a table's name is what the system takes it for");
  }
  for (const auto& s : m.state.snapshots) {
    fuzz::require(!s.name.starts_with("/") && s.name.find("..") == std::string::npos,
                  "a field file lies below the run directory");
    fuzz::require(s.name.find('\0') == std::string::npos,
                  "a field file's name is what the system takes it for");
  }
}

void check(std::string_view bytes) {
  const auto manifest = fuzz::decoded(bytes.size(), [&] { return Manifest::decoded(bytes, "manifest"); });
  if (!manifest) return;
  fuzz::require(manifest->encoded() == bytes, "a manifest that is read is written with the same bytes");
  check_segments(*manifest);
  check_names(*manifest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw = fuzz::view(data, size);
  check(raw);
  if (size < 8) return 0;
  const std::string_view body = raw.substr(0, size - 8);
  tessera::checkpoint::RecordWriter seal;
  seal.u64(tessera::checkpoint::hash_of(std::as_bytes(std::span{body})));
  check(std::string{body} + seal.bytes());
  return 0;
}
