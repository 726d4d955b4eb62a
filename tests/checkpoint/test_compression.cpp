#include "base/error.h"
#include "checkpoint/compression.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

using namespace tessera;
using checkpoint::Compressor;
using checkpoint::expand;

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
  std::vector<std::byte> back(block.size());
  expand(compressed, back, "part");
  CHECK(back == block);
}

TEST_CASE("what does not get smaller is left as it is") {
  Compressor compressor;
  std::mt19937_64 dice{1};
  std::vector<std::byte> noise(4096);
  for (std::byte& b : noise) b = static_cast<std::byte>(dice());
  CHECK(compressor.compress(noise).empty());
  CHECK(compressor.compress({}).empty());
}

TEST_CASE("bytes that are no such block are refused, whatever they are") {
  Compressor compressor;
  const std::vector<std::byte> block = smooth_values(500);
  const auto view = compressor.compress(block);
  const std::vector<std::byte> good{view.begin(), view.end()};
  std::vector<std::byte> back(block.size());
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    CHECK_THROWS_AS(expand(std::span{good}.first(cut), back, "part"), base::Error);
  }
  std::vector<std::byte> small(block.size() - 1);
  CHECK_THROWS_AS(expand(good, small, "part"), base::Error);
  std::vector<std::byte> large(block.size() + 1);
  CHECK_THROWS_AS(expand(good, large, "part"), base::Error);
  std::mt19937_64 dice{2};
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<std::byte> bad = good;
    bad[dice() % bad.size()] ^= static_cast<std::byte>(1u << (dice() % 8));
    try {
      expand(bad, back, "part");  // checksums of blocks are for what it does not notice
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::bad_data);
    }
  }
}
