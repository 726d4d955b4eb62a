// The manifest: what is written is read, and no other bytes are believed.
#include "base/error.h"
#include "checkpoint/record.h"
#include "sample_manifest.h"

#include <catch2/catch.hpp>

#include <random>
#include <span>

using namespace tessera;
using checkpoint::Manifest;

namespace {

bool refused(const std::string& bytes) {
  try {
    static_cast<void>(Manifest::decoded(bytes, "manifest"));
  } catch (const base::Error& e) {
    return e.code() == base::ExitCode::bad_data;
  }
  return false;
}

/// The bytes with a checksum that is right again: what only the checks of the contents can refuse.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  checkpoint::RecordWriter end;
  end.u64(checkpoint::hash_of(std::as_bytes(std::span{bytes})));
  return bytes + end.bytes();
}

}  // namespace

TEST_CASE("a manifest is read as it was written") {
  const Manifest m = sample_manifest();
  const Manifest back = Manifest::decoded(m.encoded(), "manifest");
  CHECK(back.encoded() == m.encoded());
  CHECK(back.run == m.run);
  CHECK(back.state.stable_dt == m.state.stable_dt);
  CHECK(back.state.probes[1].first == std::nullopt);
  CHECK(back.segments[1].bricks == m.segments[1].bricks);
  CHECK(back.fields == m.fields);
}

TEST_CASE("a flipped bit anywhere is noticed") {
  const std::string bytes = sample_manifest().encoded();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = bytes;
      other[n] = static_cast<char>(other[n] ^ (1 << bit));
      if (!refused(other)) FAIL("byte " << n << ", bit " << bit);
    }
  }
}

TEST_CASE("a manifest that is cut off, or goes on, is noticed") {
  const std::string bytes = sample_manifest().encoded();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    if (!refused(bytes.substr(0, n))) FAIL("cut after " << n);
  }
  CHECK(refused(bytes + "x"));
  CHECK(refused(""));
  CHECK(refused(std::string(1 << 20, '\xff')));
}

TEST_CASE("hostile numbers under a right checksum are refused or harmless") {
  const std::string bytes = sample_manifest().encoded();
  std::mt19937 random{7};
  int refusals = 0;
  for (std::size_t n = 0; n + 16 < bytes.size(); ++n) {
    for (const char fill : {'\xff', '\x00', '\x7f', '\x80'}) {
      std::string other = bytes;
      for (std::size_t k = n; k < n + 8; ++k) other[k] = fill;
      refusals +=
          refused(sealed(other)) ? 1 : 0;  // or it is read; it neither throws anything else nor crashes
    }
  }
  CHECK(refusals > 1000);
  for (int turn = 0; turn < 2000; ++turn) {
    std::string other = bytes;
    for (int k = 0; k < 4; ++k) other[random() % (other.size() - 8)] = static_cast<char>(random());
    static_cast<void>(refused(sealed(other)));
  }
}

TEST_CASE("segments stay within their parts, and names within their folders") {
  const auto changed = [](auto change) {
    Manifest m = sample_manifest();
    change(m);
    return m.encoded();
  };
  CHECK_FALSE(refused(changed([](Manifest&) {})));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].part = 2; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].bytes = 8193; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].offset = ~std::uint64_t{0} - 100; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].index_offset = 9000; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].blocks = ~std::uint64_t{0} / 44; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].bricks[0].upper[0] = 5; })));
  CHECK(refused(changed([](Manifest& m) { m.segments[0].bricks[0].lower[0] = 2; })));
  CHECK(refused(changed([](Manifest& m) { m.cells[0] = 0; })));
  CHECK(refused(changed([](Manifest& m) { m.fields[0].components = 65; })));
  CHECK(refused(changed([](Manifest& m) { m.state.step = -1; })));
  CHECK(refused(changed([](Manifest& m) { m.state.tables[0].name = "../other.csv"; })));
  CHECK(refused(changed([](Manifest& m) { m.state.snapshots[0].name = "fields/../../x.h5"; })));
}

TEST_CASE("an index whose blocks lie outside its segment is refused") {
  checkpoint::Segment segment;
  segment.offset = 4096;
  segment.bytes = 8192;
  std::vector<checkpoint::IndexRecord> records{{3, 1, 4096, 100, 0x55, 0.5}, {4, 0, 4200, 50, 0x66, -1.0}};
  const auto back = checkpoint::decoded_index(checkpoint::encoded(records), segment, 2, "an index");
  REQUIRE(back.size() == 2);
  CHECK(back[0].chunk == 3);
  CHECK(back[0].cost == 0.5);
  CHECK(back[1].hash == 0x66);
  for (const auto& [offset, bytes] :
       {std::pair<std::uint64_t, std::uint64_t>{0, 1}, {12288, 1}, {12000, 300}, {4096, ~std::uint64_t{0}}}) {
    records[0].offset = offset;
    records[0].bytes = bytes;
    CHECK_THROWS_AS(checkpoint::decoded_index(checkpoint::encoded(records), segment, 2, "an index"),
                    base::Error);
  }
  records[0] = {3, 2, 4096, 100, 0x55, 0.5};
  CHECK_THROWS_AS(checkpoint::decoded_index(checkpoint::encoded(records), segment, 2, "an index"),
                  base::Error);
}
