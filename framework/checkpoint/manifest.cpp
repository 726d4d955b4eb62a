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
/// Limits of Zstandard's own blocks: each has at least 3 bytes and decompresses to at most 128 KiB.
constexpr std::size_t max_identity_bytes = std::size_t{1} << 24;
constexpr std::uint64_t min_zstd_block_bytes = 3;
constexpr std::uint64_t max_decompressed_zstd_block_bytes = std::uint64_t{1} << 17;

void write(RecordWriter& out, const std::optional<double>& value) {
  out.u32(value ? 1 : 0);
  out.f64(value.value_or(0.0));
}

std::optional<double> read_optional(RecordReader& in) {
  const std::uint32_t has_value = in.u32();
  const double value = in.f64();
  if (has_value > 1 || (has_value == 0 && std::bit_cast<std::uint64_t>(value) != 0)) {
    in.fail("the presence flag of a value is invalid");
  }
  return has_value == 1 ? std::optional{value} : std::nullopt;
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
    if (!owners.insert(s.owner).second) in.fail("it has two sections with the same owner");
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
  std::int64_t min_first = 0;  // smallest valid first chunk of the next range
  for (ChunkRange& range : s.chunks) {
    range.first = in.i64();
    range.count = in.i64();
    if (range.first < min_first || range.count < 1 ||
        range.count >= std::numeric_limits<std::int64_t>::max() - range.first) {
      in.fail("the chunks of a segment are out of order or out of range");
    }
    min_first = range.first + range.count + 1;
  }
  return s;
}

void check_segment(const RecordReader& in, const Segment& s, const Manifest& m) {
  if (s.part >= m.part_bytes.size()) in.fail("a segment refers to a part that does not exist");
  if (!within(s.offset, s.bytes, m.part_bytes[s.part]) || s.index_offset < s.offset ||
      !within(s.index_offset - s.offset, 0, s.bytes) ||
      s.block_count > (s.bytes - (s.index_offset - s.offset)) / index_record_bytes) {
    in.fail("a segment extends beyond its part");
  }
  std::uint64_t remaining = s.block_count;  // every chunk has at least one block
  for (const ChunkRange& range : s.chunks) {
    const auto count = static_cast<std::uint64_t>(range.count);
    if (count > remaining) in.fail("a segment has more chunks than blocks");
    remaining -= count;
  }
}

/// Rejects segments of a part that overlap, and chunks that are in two segments.
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
    if (a.part == b.part && a.offset + a.bytes > b.offset) in.fail("two segments overlap");
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const ChunkRange& a, const ChunkRange& b) { return a.first < b.first; });
  for (std::size_t n = 1; n < ranges.size(); ++n) {
    if (ranges[n - 1].first + ranges[n - 1].count > ranges[n].first) in.fail("a chunk is in two segments");
  }
}

bool has_chunk(const Segment& segment, std::int64_t chunk) {
  const auto next = std::upper_bound(segment.chunks.begin(), segment.chunks.end(), chunk,
                                     [](std::int64_t c, const ChunkRange& range) { return c < range.first; });
  return next != segment.chunks.begin() && chunk - std::prev(next)->first < std::prev(next)->count;
}

bool is_possible_size(const IndexRecord& r) {
  if (!r.is_compressed()) return r.stored_bytes == r.raw_bytes;
  return r.stored_bytes > 0 &&
         (r.raw_bytes - 1) / max_decompressed_zstd_block_bytes <= r.stored_bytes / min_zstd_block_bytes;
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
  if (version == Manifest::format_version) return;
  in.fail(
      version < Manifest::format_version
          ? fmt::format(
                "it has format {}, written by an earlier version of Tessera; this version reads "
                "format {}: resume it with the version that wrote it, or start the job from the beginning",
                version, Manifest::format_version)
          : fmt::format("it has format {}, written by a later version of Tessera; this version reads "
                        "format {}: resume it with the version that wrote it",
                        version, Manifest::format_version));
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
    if (!has_chunk(segment, r.chunk)) in.fail("a block belongs to a chunk that is not in its segment");
    if (!is_possible_size(r)) in.fail("the size of a block is impossible");
    if (r.offset < end || !within(r.offset, r.stored_bytes, segment.index_offset)) {
      in.fail("a block lies outside its segment or overlaps another one");
    }
    end = r.offset + r.stored_bytes;
  }
  in.expect_end();
  if (has_duplicate(records)) in.fail("a block occurs twice");
  return records;
}

std::string Manifest::encode() const {
  RecordWriter out;
  out.text(magic);
  out.u32(format_version);
  out.text(run);
  out.text(identity.solver);
  out.text(identity.solver_version);
  out.text(identity.solver_build);
  out.text(identity.tessera);
  out.text(identity.data);
  out.text(identity.job);
  out.text(job_fingerprint);
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
  if (bytes.size() < 8 + 8 + magic.size()) RecordReader{bytes, what}.fail("it is truncated");
  RecordReader end{bytes.substr(bytes.size() - 8), what};
  const std::string_view body = bytes.substr(0, bytes.size() - 8);
  RecordReader in{body, what};
  if (in.text() != magic) in.fail("it is not a Tessera checkpoint");
  check_format(in, in.u32());
  if (end.u64() != base::hash_of(std::as_bytes(std::span{body}))) in.fail("its checksum is wrong");

  Manifest m;
  m.run = in.text();
  m.identity.solver = in.text();
  m.identity.solver_version = in.text();
  m.identity.solver_build = in.text();
  m.identity.tessera = in.text();
  m.identity.data = in.text(max_identity_bytes);
  m.identity.job = in.text(max_identity_bytes);
  m.job_fingerprint = in.text();
  m.attempt = in.u32();
  m.step = in.i64();
  if (m.step < 0) in.fail("its step is negative");
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
