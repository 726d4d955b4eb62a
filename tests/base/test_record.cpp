// Numbers and strings are encoded as bytes, and invalid bytes are rejected.
#include "base/error.h"
#include "base/record.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <limits>

using namespace tessera;
using base::RecordReader;
using base::RecordWriter;

TEST_CASE("values are read back as written, bit for bit") {
  RecordWriter out;
  out.u32(0x01020304u);
  out.u64(std::numeric_limits<std::uint64_t>::max());
  out.i64(-5);
  out.f64(-0.0);
  out.f64(std::numeric_limits<double>::quiet_NaN());
  out.text("Malé");
  out.text("");
  CHECK(out.bytes().substr(0, 4) == "\x04\x03\x02\x01");  // little-endian
  RecordReader in{out.bytes(), "a file"};
  CHECK(in.u32() == 0x01020304u);
  CHECK(in.u64() == std::numeric_limits<std::uint64_t>::max());
  CHECK(in.i64() == -5);
  CHECK(std::bit_cast<std::uint64_t>(in.f64()) == std::bit_cast<std::uint64_t>(-0.0));
  CHECK(std::isnan(in.f64()));
  CHECK(in.text() == "Malé");
}

TEST_CASE("reads past the end and lengths beyond the end are rejected") {
  RecordWriter out;
  out.u64(std::numeric_limits<std::uint64_t>::max());
  out.u32(7);
  CHECK_THROWS_AS((RecordReader{out.bytes(), "f"}.text()), base::Error);
  CHECK_THROWS_AS((RecordReader{out.bytes(), "f"}.count(1)), base::Error);
  RecordReader in{out.bytes(), "the file"};
  in.u64();
  in.u32();
  CHECK(in.remaining() == 0);
  CHECK_THROWS_WITH(in.u32(), Catch::Contains("the file") && Catch::Contains("is truncated"));
}
