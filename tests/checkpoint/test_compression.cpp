#include "base/error.h"
#include "checkpoint/compression.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

using namespace tessera;
using checkpoint::Compressor;
using checkpoint::decompress;

namespace {

/// Returns a block of `count` doubles that is easy to compress.
std::vector<std::byte> compressible_block(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t n = 0; n < count; ++n) values[n] = n % 7 == 0 ? 1.0 : 300.0;
  std::vector<std::byte> bytes(count * sizeof(double));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("decompression restores the compressed block") {
  Compressor compressor;
  const std::vector<std::byte> block = compressible_block(5000);
  const auto compressed = compressor.compress(block);
  REQUIRE_FALSE(compressed.empty());
  CHECK(compressed.size() < block.size() / 10);
  std::vector<std::byte> restored(block.size());
  decompress(compressed, restored, "part");
  CHECK(restored == block);
}

TEST_CASE("a block that would not become smaller is not compressed") {
  Compressor compressor;
  std::mt19937_64 random{1};
  std::vector<std::byte> noise(4096);
  for (std::byte& b : noise) b = static_cast<std::byte>(random());
  CHECK(compressor.compress(noise).empty());
  CHECK(compressor.compress({}).empty());
}

TEST_CASE("truncated data and wrong block sizes are rejected, and corrupted data cause no crash") {
  Compressor compressor;
  const std::vector<std::byte> block = compressible_block(500);
  const auto compressed = compressor.compress(block);
  const std::vector<std::byte> valid{compressed.begin(), compressed.end()};
  std::vector<std::byte> restored(block.size());
  for (std::size_t length = 0; length < valid.size(); ++length) {
    CHECK_THROWS_AS(decompress(std::span{valid}.first(length), restored, "part"), base::Error);
  }
  std::vector<std::byte> too_small(block.size() - 1);
  CHECK_THROWS_AS(decompress(valid, too_small, "part"), base::Error);
  std::vector<std::byte> too_large(block.size() + 1);
  CHECK_THROWS_AS(decompress(valid, too_large, "part"), base::Error);
  std::mt19937_64 random{2};
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::byte> corrupted = valid;
    corrupted[random() % corrupted.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    try {
      decompress(corrupted, restored, "part");  // may succeed; the block's checksum then detects the damage
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::bad_data);
    }
  }
}
