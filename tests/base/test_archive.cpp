#include "base/archive.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

using tessera::base::ArchiveReader;
using tessera::base::decode;
using tessera::base::encode;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::base::MaybeConst;

namespace sample {

enum class Colour { red, green, blue };
constexpr Colour last_of(Colour) { return Colour::blue; }

struct Part {
  std::int32_t number = 0;
  std::variant<double, std::string> value;

  friend bool operator==(const Part&, const Part&) = default;
};
void describe(auto& archive, MaybeConst<Part> auto& p) { archive(p.number, p.value); }

struct Whole {
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double real = 0.0;
  bool flag = false;
  Colour colour = Colour::red;
  std::string text;
  std::optional<std::int16_t> optional_number;
  std::array<std::uint16_t, 2> pair{};
  std::vector<Part> parts;

  friend bool operator==(const Whole&, const Whole&) = default;
};
void describe(auto& archive, MaybeConst<Whole> auto& w) {
  archive(w.small, w.large, w.real, w.flag, w.colour, w.text, w.optional_number, w.pair, w.parts);
}

}  // namespace sample

using sample::Colour;
using sample::Part;
using sample::Whole;

namespace {

using namespace std::string_literals;

const Whole sample_value{200,
                         -2,
                         -2.0,
                         true,
                         Colour::blue,
                         "a\0b"s,
                         std::int16_t{-300},
                         {0x0102, 0xfffe},
                         {Part{7, "x"s}, Part{-1, 1.0}}};

/// The encoding of `sample_value`, written out by hand.
const std::string sample_bytes =
    "\xc8"s + "\xfe\xff\xff\xff\xff\xff\xff\xff"s + "\x00\x00\x00\x00\x00\x00\x00\xc0"s + "\x01"s + "\x02"s +
    "\x03\x00\x00\x00\x00\x00\x00\x00"s + "a\0b"s + "\x01\xd4\xfe"s + "\x02\x01\xfe\xff"s +
    "\x02\x00\x00\x00\x00\x00\x00\x00"s + "\x07\x00\x00\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00x"s +
    "\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\xf0\x3f"s;

/// Decodes `bytes` and returns the error message; an empty string if they are valid.
template <class T = Whole>
std::string decode_error(const std::string& bytes) {
  try {
    static_cast<void>(decode<T>(bytes, "the sample"));
    return "";
  } catch (const Error& e) {
    CHECK(e.code() == ExitCode::bad_data);
    return e.message();
  }
}

}  // namespace

TEST_CASE("values are encoded in little-endian order, without padding") {
  CHECK(encode(sample_value) == sample_bytes);
}

TEST_CASE("decoding restores the encoded value") {
  CHECK(decode<Whole>(sample_bytes, "the sample") == sample_value);
  CHECK(decode<Whole>(encode(Whole{}), "the sample") == Whole{});
  for (const double x : {0.0, -0.0, std::numeric_limits<double>::infinity(), 5e-324}) {
    const auto decoded = decode<double>(encode(x), "a number");
    CHECK(decoded == x);
    CHECK(std::signbit(decoded) == std::signbit(x));
  }
  CHECK(std::isnan(decode<double>(encode(std::nan("")), "a number")));
  for (const std::int64_t n :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    CHECK(decode<std::int64_t>(encode(n), "a number") == n);
  }
}

TEST_CASE("reading overwrites all members of the target") {
  Whole target = sample_value;
  const std::string bytes = encode(Whole{});
  ArchiveReader{bytes, "the sample"}(target);
  CHECK(target == Whole{});
}

TEST_CASE("truncated data and trailing bytes are rejected") {
  for (std::size_t size = 0; size < sample_bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_error(sample_bytes.substr(0, size)) == "the sample is damaged: it is truncated");
  }
  CHECK(decode_error(sample_bytes + "x") == "the sample is damaged: it has trailing bytes");
}

TEST_CASE("invalid bools, enumerators, optionals and variants are rejected") {
  const std::string invalid = "the sample is damaged: it contains an invalid value";
  CHECK(decode_error<bool>("\x02") == invalid);
  CHECK(decode_error<Colour>("\x03") == invalid);
  CHECK(decode_error<Colour>("\x02").empty());
  CHECK(decode_error<std::optional<bool>>("\x02\x01") == invalid);
  CHECK(decode_error<std::variant<bool, Colour>>("\x02\x01"s) == invalid);
  CHECK(decode_error<std::variant<bool, Colour>>("\x01\x02"s).empty());
}

TEST_CASE("counts that are too large for the remaining data are rejected without large allocations") {
  const std::string huge_count = "\xff\xff\xff\xff\xff\xff\xff\x7f"s;
  CHECK(decode_error<std::string>(huge_count) == "the sample is damaged: it is truncated");
  CHECK(decode_error<std::vector<double>>(huge_count + "12345678") ==
        "the sample is damaged: it is truncated");
  CHECK(decode_error<std::vector<Part>>("\x10\0\0\0\0\0\0\0"s + std::string(16, '\0')) ==
        "the sample is damaged: it is truncated");
}

TEST_CASE("corrupted data are decoded or rejected, without a crash") {
  std::mt19937 random{20};
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = sample_bytes;
    for (unsigned n = 0; n <= random() % 3; ++n) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (decode_error(bytes).empty()) ++accepted;
  }
  CHECK(accepted > 1000);
  CHECK(accepted < 19000);
}
