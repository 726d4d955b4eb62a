// A manifest is decoded as it was encoded, and any other bytes are rejected.
#include "base/digest.h"
#include "base/error.h"
#include "base/record.h"
#include "sample_manifest.h"

#include <catch2/catch.hpp>

#include <limits>
#include <random>
#include <span>

using namespace tessera;
using checkpoint::Manifest;

namespace {

bool is_rejected(const std::string& bytes) {
  try {
    static_cast<void>(Manifest::decode(bytes, "manifest"));
  } catch (const base::Error& e) {
    return e.code() == base::ExitCode::bad_data;
  }
  return false;
}

/// Returns `bytes` with a correct checksum, so that only the checks of the content can reject them.
std::string with_checksum(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  base::RecordWriter end;
  end.u64(base::hash_of(std::as_bytes(std::span{bytes})));
  return bytes + end.bytes();
}

}  // namespace

TEST_CASE("a manifest is decoded as it was encoded") {
  const Manifest m = sample_manifest();
  const Manifest decoded = Manifest::decode(m.encode(), "manifest");
  CHECK(decoded.encode() == m.encode());
  CHECK(decoded.run == m.run);
  CHECK(decoded.identity == m.identity);
  CHECK(decoded.attempt == 3);
  CHECK(decoded.ranks == 2);
  CHECK(decoded.step == 180);
  CHECK(decoded.time == 0.25);
  CHECK(decoded.digest == m.digest);
  CHECK(decoded.sections == m.sections);
  CHECK(decoded.part_bytes == m.part_bytes);
  CHECK(decoded.segments[1].chunks == m.segments[1].chunks);
  CHECK(decoded.segments[1].index_hash == m.segments[1].index_hash);

  Manifest without_time = m;
  without_time.time = std::nullopt;
  CHECK_FALSE(Manifest::decode(without_time.encode(), "manifest").time.has_value());
}

TEST_CASE("a flipped bit is detected anywhere in the manifest") {
  const std::string bytes = sample_manifest().encode();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = bytes;
      other[n] = static_cast<char>(other[n] ^ (1 << bit));
      if (!is_rejected(other)) FAIL("byte " << n << ", bit " << bit);
    }
  }
}

TEST_CASE("truncated manifests and manifests with trailing bytes are rejected") {
  const std::string bytes = sample_manifest().encode();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    if (!is_rejected(bytes.substr(0, n))) FAIL("truncated to " << n << " bytes");
  }
  CHECK(is_rejected(bytes + "x"));
  CHECK(is_rejected(""));
  CHECK(is_rejected(std::string(1 << 20, '\xff')));
}

TEST_CASE("invalid numbers with a correct checksum are rejected or harmless") {
  const std::string bytes = sample_manifest().encode();
  std::mt19937 random{7};
  int rejections = 0;
  for (std::size_t n = 0; n + 16 < bytes.size(); ++n) {
    for (const char fill : {'\xff', '\x00', '\x7f', '\x80'}) {
      std::string other = bytes;
      for (std::size_t k = n; k < n + 8; ++k) other[k] = fill;
      rejections += is_rejected(with_checksum(other)) ? 1 : 0;  // may be accepted, but must not crash
    }
  }
  CHECK(rejections > 1000);
  for (int round = 0; round < 2000; ++round) {
    std::string other = bytes;
    for (int k = 0; k < 4; ++k) other[random() % (other.size() - 8)] = static_cast<char>(random());
    static_cast<void>(is_rejected(with_checksum(other)));
  }
}

TEST_CASE("a manifest of another format is rejected with its format number and advice") {
  const auto error_for_format = [](std::uint32_t format) {
    std::string bytes = sample_manifest().encode();
    base::RecordWriter number;
    number.u32(format);
    bytes.replace(8 + 19, 4, number.bytes());  // after the length and the text of the magic line
    try {
      static_cast<void>(Manifest::decode(bytes, "a/manifest"));
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::bad_data);
      return e.message();
    }
    return std::string{};
  };
  CHECK(error_for_format(1) ==
        "the manifest `a/manifest`: it has format 1, written by an earlier version of Tessera; this version "
        "reads "
        "format 3: resume it with the version that wrote it, or start the job from the beginning");
  CHECK(
      error_for_format(4) ==
      "the manifest `a/manifest`: it has format 4, written by a later version of Tessera; this version reads "
      "format 3: resume it with the version that wrote it");
}

TEST_CASE("a segment must lie within its part, and a chunk must belong to only one segment") {
  const auto encode_modified = [](auto change) {
    Manifest m = sample_manifest();
    change(m);
    return m.encode();
  };
  constexpr std::int64_t max_int = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(is_rejected(encode_modified([](Manifest&) {})));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.segments[0].part = 2; })));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.segments[0].bytes = 8193; })));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.segments[0].offset = ~std::uint64_t{0} - 100; })));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.segments[0].index_offset = 9000; })));
  CHECK(
      is_rejected(encode_modified([](Manifest& m) { m.segments[0].block_count = ~std::uint64_t{0} / 52; })));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.step = -1; })));
  CHECK(is_rejected(encode_modified([](Manifest& m) { m.sections[1].owner = "grid"; })));
  for (const std::vector<checkpoint::ChunkRange>& bad : {std::vector<checkpoint::ChunkRange>{{-1, 1}},
                                                         {{0, 0}},
                                                         {{0, -1}},
                                                         {{0, max_int}},
                                                         {{max_int, 1}},
                                                         {{max_int - 1, 1}},
                                                         {{4, 2}, {0, 2}},  // descending
                                                         {{0, 2}, {0, 2}},  // duplicate
                                                         {{0, 2}, {1, 1}},  // overlapping
                                                         {{0, 1}, {1, 1}},  // adjacent: must be one range
                                                         {{0, 2}, {7, 1}},  // chunk 7 is in the other segment
                                                         {{10, 9}}}) {      // more chunks than blocks
    INFO(bad[0].first << " " << bad[0].count);
    CHECK(is_rejected(encode_modified([&](Manifest& m) { m.segments[0].chunks = bad; })));
  }
  CHECK_FALSE(is_rejected(encode_modified([](Manifest& m) { m.segments[0].chunks = {{10, 8}}; })));
  CHECK_FALSE(is_rejected(encode_modified([](Manifest& m) { m.segments[0].chunks = {}; })));
  // Segments in the same part must not overlap.
  const auto with_second_segment_at = [&](std::uint64_t offset) {
    return encode_modified([=](Manifest& m) {
      m.part_bytes = {12288};
      m.segments[1].part = 0;
      m.segments[1].offset = offset;
      m.segments[1].index_offset = offset + 2000;
    });
  };
  CHECK_FALSE(is_rejected(with_second_segment_at(8192)));
  CHECK(is_rejected(with_second_segment_at(8191)));
  CHECK(is_rejected(with_second_segment_at(0)));
}

TEST_CASE("an index is rejected if a block is outside the segment or has an impossible size") {
  checkpoint::Segment segment;
  segment.offset = 4096;
  segment.bytes = 8192;
  segment.index_offset = 12000;
  segment.chunks = {{3, 2}};
  using Records = std::vector<checkpoint::IndexRecord>;
  const Records valid{{3, 1, 4096, 100, 100, 0x55, 0.5}, {4, 0, 4200, 50, 200, 0x66, -1.0}};
  const auto read = [&](const Records& records) {
    return checkpoint::decode_index(checkpoint::encode(records), segment, "an index");
  };
  CHECK(checkpoint::encode(valid).size() == 2 * checkpoint::index_record_bytes);
  const auto decoded = read(valid);
  REQUIRE(decoded.size() == 2);
  CHECK(decoded[0].chunk == 3);
  CHECK(decoded[0].piece == 1);
  CHECK(decoded[0].cost == 0.5);
  CHECK_FALSE(decoded[0].is_compressed());
  CHECK(decoded[1].hash == 0x66);
  CHECK(decoded[1].raw_bytes == 200);
  CHECK(decoded[1].is_compressed());
  const auto check_rejected = [&](auto change) {
    Records records = valid;
    change(records);
    CHECK_THROWS_AS(read(records), base::Error);
  };
  for (const auto& [offset, bytes] : {std::pair<std::uint64_t, std::uint64_t>{0, 1},
                                      {4095, 1},
                                      {12288, 1},
                                      {12000, 300},
                                      {4096, 105},  // overlaps the next block
                                      {4096, ~std::uint64_t{0}}}) {
    INFO(offset << " " << bytes);
    check_rejected(
        [&, o = offset, b = bytes](Records& r) { r[0].offset = o, r[0].stored_bytes = r[0].raw_bytes = b; });
  }
  check_rejected([](Records& r) { r[1].offset = 11951; });  // overlaps the index
  for (const std::int64_t chunk : {-1, 2, 5}) {
    check_rejected([&](Records& r) { r[0].chunk = chunk; });
  }
  check_rejected([](Records& r) { r[1].chunk = 3, r[1].piece = 1; });  // duplicate
  check_rejected([](Records& r) { r[0].raw_bytes = 99; });             // stored size above original size
  check_rejected([](Records& r) { r[0].stored_bytes = 0; });           // nothing stored
  check_rejected([](Records& r) { r[1].raw_bytes = ~std::uint64_t{0}; });
  // No Zstandard frame of 50 bytes holds more than 17 blocks of 128 KiB.
  check_rejected([](Records& r) { r[1].raw_bytes = (std::uint64_t{17} << 17) + 1; });
  Records large = valid;
  large[1].raw_bytes = std::uint64_t{17} << 17;
  CHECK_NOTHROW(read(large));
  Records empty = valid;
  empty[0].stored_bytes = empty[0].raw_bytes = 0;
  CHECK_NOTHROW(read(empty));
  const std::string bytes = checkpoint::encode(valid);
  CHECK_THROWS_AS(checkpoint::decode_index(bytes.substr(1), segment, "an index"), base::Error);
}
