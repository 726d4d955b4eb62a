#include "checkpoint/manifest.h"

#include "base/digest.h"
#include "base/record.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tessera::checkpoint {

namespace {

using base::RecordReader;
using base::RecordWriter;

constexpr std::string_view magic = "TESSERA CHECKPOINT\n";
/// Limits of Zstandard's own blocks: each takes at least 3 bytes and decompresses to at most 128 KiB.
constexpr std::uint64_t min_zstd_block = 3;
constexpr std::uint64_t max_zstd_expansion = std::uint64_t{1} << 17;

void write(RecordWriter& out, const std::optional<double>& value) {
  out.u32(value ? 1 : 0);
  out.f64(value.value_or(0.0));
}

std::optional<double> read_optional(RecordReader& in) {
  const std::uint32_t present = in.u32();
  const double value = in.f64();
  if (present > 1 || (present == 0 && std::bit_cast<std::uint64_t>(value) != 0)) {
    in.refuse("the presence flag of a value is invalid");
  }
  return present == 1 ? std::optional{value} : std::nullopt;
}

void write(RecordWriter& out, const std::vector<Section>& sections) {
  out.u64(sections.size());
  for (const Section& s : sections) {
    out.text(s.owner);
    out.text(s.bytes);
  }
}

std::vector<Section> read_sections(RecordReader& in) {
  std::vector<Section> sections(in.count(16));
  std::set<std::string_view> owners;
  for (Section& s : sections) {
    s.owner = in.text();
    s.bytes = in.text(RecordReader::unlimited);
    if (!owners.insert(s.owner).second) in.refuse("it has two sections with the same owner");
  }
  return sections;
}

void write(RecordWriter& out, const Segment& s) {
  out.u32(s.part);
  for (const std::uint64_t v : {s.offset, s.bytes, s.index_offset, s.block_count, s.index_hash}) out.u64(v);
  out.u64(s.chunks.size());
  for (const ChunkRange& range : s.chunks) {
    out.i64(range.first);
    out.i64(range.count);
  }
}

/// Whether [offset, offset + bytes) lies within [0, size), without overflow.
bool within(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return offset <= size && bytes <= size - offset;
}

Segment read_segment(RecordReader& in) {
  Segment s;
  s.part = in.u32();
  for (std::uint64_t* v : {&s.offset, &s.bytes, &s.index_offset, &s.block_count, &s.index_hash}) {
    *v = in.u64();
  }
  s.chunks.resize(in.count(16));
  std::int64_t min_first = 0;  // smallest chunk number with which the next range may begin
  for (ChunkRange& range : s.chunks) {
    range.first = in.i64();
    range.count = in.i64();
    if (range.first < min_first || range.count < 1 ||
        range.count >= std::numeric_limits<std::int64_t>::max() - range.first) {
      in.refuse("the chunks of a segment are out of order or out of range");
    }
    min_first = range.first + range.count + 1;
  }
  return s;
}

void check_segment(const RecordReader& in, const Segment& s, const Manifest& m) {
  if (s.part >= m.part_bytes.size()) in.refuse("a segment names a part that does not exist");
  if (!within(s.offset, s.bytes, m.part_bytes[s.part]) || s.index_offset < s.offset ||
      !within(s.index_offset - s.offset, 0, s.bytes) ||
      s.block_count > (s.bytes - (s.index_offset - s.offset)) / index_record_bytes) {
    in.refuse("a segment extends beyond its part");
  }
  std::uint64_t remaining = s.block_count;  // every chunk has at least one block
  for (const ChunkRange& range : s.chunks) {
    const auto count = static_cast<std::uint64_t>(range.count);
    if (count > remaining) in.refuse("a segment claims more chunks than it has blocks");
    remaining -= count;
  }
}

/// Rejects overlapping segments of a part, and chunks that are in two segments.
void check_overlaps(const RecordReader& in, const Manifest& m) {
  std::vector<const Segment*> by_location;
  std::vector<ChunkRange> ranges;
  for (const Segment& s : m.segments) {
    by_location.push_back(&s);
    ranges.insert(ranges.end(), s.chunks.begin(), s.chunks.end());
  }
  std::sort(by_location.begin(), by_location.end(), [](const Segment* a, const Segment* b) {
    return std::tie(a->part, a->offset, a->bytes) < std::tie(b->part, b->offset, b->bytes);
  });
  for (std::size_t n = 1; n < by_location.size(); ++n) {
    const Segment& a = *by_location[n - 1];
    const Segment& b = *by_location[n];
    if (a.part == b.part && a.offset + a.bytes > b.offset) in.refuse("two segments overlap");
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const ChunkRange& a, const ChunkRange& b) { return a.first < b.first; });
  for (std::size_t n = 1; n < ranges.size(); ++n) {
    if (ranges[n - 1].first + ranges[n - 1].count > ranges[n].first) in.refuse("a chunk is in two segments");
  }
}

bool holds(const Segment& segment, std::int64_t chunk) {
  const auto after =
      std::upper_bound(segment.chunks.begin(), segment.chunks.end(), chunk,
                       [](std::int64_t c, const ChunkRange& range) { return c < range.first; });
  return after != segment.chunks.begin() && chunk - std::prev(after)->first < std::prev(after)->count;
}

bool is_possible_size(const IndexRecord& r) {
  if (!r.is_compressed()) return r.stored_bytes == r.raw_bytes;
  return r.stored_bytes > 0 && (r.raw_bytes - 1) / max_zstd_expansion <= r.stored_bytes / min_zstd_block;
}

/// Whether two records have the same chunk and piece.
bool has_duplicate(const std::vector<IndexRecord>& records) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> keys;
  keys.reserve(records.size());
  for (const IndexRecord& r : records) keys.emplace_back(r.chunk, r.piece);
  if (!std::is_sorted(keys.begin(), keys.end())) std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

void check_format(const RecordReader& in, std::uint32_t version) {
  if (version == Manifest::format) return;
  in.refuse(
      version < Manifest::format
          ? fmt::format(
                "it has format {}, written by an earlier version of Tessera; this version reads "
                "format {}: resume it with the version that wrote it, or start the job from the beginning",
                version, Manifest::format)
          : fmt::format("it has format {}, written by a later version of Tessera; this version reads "
                        "format {}: resume it with the version that wrote it",
                        version, Manifest::format));
}

}  // namespace

std::string part_name(std::uint32_t part) { return fmt::format("part-{:04}", part); }

std::string encode(const Segment& segment) {
  RecordWriter out;
  write(out, segment);
  return out.bytes();
}

Segment decode_segment(std::string_view bytes) {
  RecordReader in{bytes, "the segment of a rank"};
  Segment segment = read_segment(in);
  in.expect_end();
  return segment;
}

std::string encode(const std::vector<IndexRecord>& records) {
  RecordWriter out;
  for (const IndexRecord& r : records) {
    out.i64(r.chunk);
    out.u32(r.piece);
    for (const std::uint64_t v : {r.offset, r.stored_bytes, r.raw_bytes, r.hash}) out.u64(v);
    out.f64(r.cost);
  }
  return out.bytes();
}

std::vector<IndexRecord> decode_index(std::string_view bytes, const Segment& segment,
                                      const std::string& what) {
  RecordReader in{bytes, what};
  std::vector<IndexRecord> records(bytes.size() / index_record_bytes);
  std::uint64_t end = segment.offset;  // end of the previous block
  for (IndexRecord& r : records) {
    r.chunk = in.i64();
    r.piece = in.u32();
    for (std::uint64_t* v : {&r.offset, &r.stored_bytes, &r.raw_bytes, &r.hash}) *v = in.u64();
    r.cost = in.f64();
    if (!holds(segment, r.chunk)) in.refuse("a block belongs to a chunk that its segment does not hold");
    if (!is_possible_size(r)) in.refuse("a block claims an impossible size");
    if (r.offset < end || !within(r.offset, r.stored_bytes, segment.index_offset)) {
      in.refuse("a block lies outside its segment or overlaps another one");
    }
    end = r.offset + r.stored_bytes;
  }
  in.expect_end();
  if (has_duplicate(records)) in.refuse("a block occurs twice");
  return records;
}

std::string Manifest::encode() const {
  RecordWriter out;
  out.text(magic);
  out.u32(format);
  out.text(run);
  out.text(identity.solver);
  out.text(identity.solver_version);
  out.text(identity.job);
  out.u32(attempt);
  out.i64(step);
  write(out, time);
  out.u64(digest);
  out.u32(ranks);
  out.u64(part_bytes.size());
  for (const std::uint64_t bytes : part_bytes) out.u64(bytes);
  out.u64(segments.size());
  for (const Segment& s : segments) write(out, s);
  write(out, sections);
  RecordWriter end;
  end.u64(base::hash_of(std::as_bytes(std::span{out.bytes()})));
  return out.bytes() + end.bytes();
}

Manifest Manifest::decode(std::string_view bytes, const std::string& path) {
  const std::string what = fmt::format("the manifest `{}`", path);
  if (bytes.size() < 8 + 8 + magic.size()) RecordReader{bytes, what}.refuse("it is truncated");
  RecordReader end{bytes.substr(bytes.size() - 8), what};
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  RecordReader in{body, what};
  if (in.text() != magic) in.refuse("it is not a Tessera checkpoint");
  check_format(in, in.u32());
  if (end.u64() != base::hash_of(std::as_bytes(std::span{body}))) in.refuse("its checksum is wrong");

  Manifest m;
  m.run = in.text();
  m.identity.solver = in.text();
  m.identity.solver_version = in.text();
  m.identity.job = in.text(std::size_t{1} << 24);
  m.attempt = in.u32();
  m.step = in.i64();
  if (m.step < 0) in.refuse("its step is negative");
  m.time = read_optional(in);
  m.digest = in.u64();
  m.ranks = in.u32();
  m.part_bytes.resize(in.count(8));
  for (std::uint64_t& size : m.part_bytes) size = in.u64();
  m.segments.resize(in.count(52));
  for (Segment& s : m.segments) {
    s = read_segment(in);
    check_segment(in, s, m);
  }
  check_overlaps(in, m);
  m.sections = read_sections(in);
  in.expect_end();
  return m;
}

}  // namespace tessera::checkpoint
