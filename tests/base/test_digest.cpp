#include "base/digest.h"

#include <catch2/catch.hpp>

#include <set>

using tessera::base::Digest;

namespace {

/// MurmurHash3's fmix64, as published by Appleby.
std::uint64_t fmix64(std::uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccdULL;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53ULL;
  k ^= k >> 33;
  return k;
}

}  // namespace

TEST_CASE("a cell hash mixes the seed, the bits of the value and the cell index with fmix64") {
  for (const std::uint64_t seed : {0ull, 1ull, 0x123456789abcdefull, ~0ull}) {
    for (const std::uint64_t cell : {0ull, 1ull, 1ull << 40}) {
      for (const std::uint64_t bits : {0ull, 0x3ff0000000000000ull, ~0ull}) {
        CHECK(Digest::cell_hash(seed, cell, bits) ==
              fmix64(fmix64(bits + seed) + cell * 0x9e3779b97f4a7c15ULL));
      }
    }
  }
}

TEST_CASE("cell hashes differ for different values, cells, components and fields") {
  std::set<std::uint64_t> seen;
  std::size_t count = 0;
  for (const char* field : {"a", "b", "aa", ""}) {
    for (int component = 0; component < 3; ++component) {
      const std::uint64_t seed = Digest::seed(field, component);
      for (std::uint64_t cell = 0; cell < 50; ++cell) {
        for (std::uint64_t bits = 0; bits < 50; ++bits) {
          seen.insert(Digest::cell_hash(seed, cell, bits));
          ++count;
        }
      }
    }
  }
  CHECK(seen.size() == count);
}

TEST_CASE("swapping the values of two cells changes the digest") {
  const auto seed = Digest::seed("height", 0);
  CHECK(Digest::cell_hash(seed, 0, 5) + Digest::cell_hash(seed, 1, 6) !=
        Digest::cell_hash(seed, 0, 6) + Digest::cell_hash(seed, 1, 5));
}

TEST_CASE("a digest is formatted as 16 hexadecimal digits") {
  CHECK(Digest::to_hex(0) == "0000000000000000");
  CHECK(Digest::to_hex(0x9c41d7e2a0b35f18u) == "9c41d7e2a0b35f18");
  CHECK(Digest::to_hex(~std::uint64_t{0}) == "ffffffffffffffff");
}

TEST_CASE("a fingerprint is the XXH3 hash of the bytes") {
  CHECK(tessera::base::fingerprint("") == "2d06800538d394c2");  // the value published by xxHash
  CHECK(tessera::base::fingerprint(std::string_view{"\0", 1}) != tessera::base::fingerprint(""));
  CHECK(tessera::base::fingerprint("job") == tessera::base::fingerprint(std::string{"job"}));
}
