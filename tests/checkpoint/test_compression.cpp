#include "base/error.h"
#include "checkpoint/compression.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

using namespace tessera;
using checkpoint::Compressor;
using checkpoint::decompress;

namespace {

std::vector<std::byte> smooth_values(std::size_t count) {
  std::vector<double> values(count);
  for (std::size_t n = 0; n < count; ++n) values[n] = n % 7 == 0 ? 1.0 : 300.0;
  std::vector<std::byte> bytes(count * sizeof(double));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("a block comes back as it was") {
  Compressor compressor;
  const std::vector<std::byte> block = smooth_values(5000);
  const auto compressed = compressor.compress(block);
  REQUIRE_FALSE(compressed.empty());
  CHECK(compressed.size() < block.size() / 10);
  std::vector<std::byte> restored(block.size());
  decompress(compressed, restored, "part");
  CHECK(restored == block);
}

TEST_CASE("what does not get smaller is left as it is") {
  Compressor compressor;
  std::mt19937_64 random{1};
  std::vector<std::byte> noise(4096);
  for (std::byte& b : noise) b = static_cast<std::byte>(random());
  CHECK(compressor.compress(noise).empty());
  CHECK(compressor.compress({}).empty());
}

TEST_CASE("bytes that are no such block are refused, whatever they are") {
  Compressor compressor;
  const std::vector<std::byte> block = smooth_values(500);
  const auto view = compressor.compress(block);
  const std::vector<std::byte> good{view.begin(), view.end()};
  std::vector<std::byte> restored(block.size());
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_THROWS_AS(decompress(std::span{good}.first(length), restored, "part"), base::Error);
  }
  std::vector<std::byte> small(block.size() - 1);
  CHECK_THROWS_AS(decompress(good, small, "part"), base::Error);
  std::vector<std::byte> large(block.size() + 1);
  CHECK_THROWS_AS(decompress(good, large, "part"), base::Error);
  std::mt19937_64 random{2};
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<std::byte> bad = good;
    bad[random() % bad.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    try {
      decompress(bad, restored, "part");  // may succeed: checksums detect the damage that it does not
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::bad_data);
    }
  }
}
