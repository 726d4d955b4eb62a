// The counter-based random number generator Philox4x32-10.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::base {

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011): a
/// function from a counter and a key to four random words. Words are in the order of Random123.
class Philox {
 public:
  using Counter = std::array<std::uint32_t, 4>;
  using Key = std::array<std::uint32_t, 2>;

  static constexpr Counter block(Counter counter, Key key) {
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t first = std::uint64_t{0xD2511F53} * counter[0];
      const std::uint64_t second = std::uint64_t{0xCD9E8D57} * counter[2];
      counter = {high(second) ^ counter[1] ^ key[0], low(second), high(first) ^ counter[3] ^ key[1],
                 low(first)};
      key[0] += 0x9E3779B9;
      key[1] += 0xBB67AE85;
    }
    return counter;
  }

  static constexpr std::uint32_t low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
  static constexpr std::uint32_t high(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
};

/// A stream of random numbers, which is identified by a seed and a name. Its numbers are functions of a task
/// and a position, and do not depend on the order in which they are computed.
class RandomStream {
 public:
  /// `name_hash`: XXH3 hash of the name of the stream. `round`: for streams that begin anew in each round.
  constexpr RandomStream(std::uint64_t seed, std::uint64_t name_hash, std::uint64_t round = 0) {
    const Philox::Counter words =
        Philox::block({Philox::low(seed), Philox::high(seed), Philox::low(round), Philox::high(round)},
                      {Philox::low(name_hash), Philox::high(name_hash)});
    key_ = {words[0], words[1]};
  }

  /// Returns the four words at a position of a task's numbers.
  constexpr Philox::Counter block(std::uint64_t task, std::uint64_t position) const {
    return Philox::block(
        {Philox::low(task), Philox::high(task), Philox::low(position), Philox::high(position)}, key_);
  }

  /// Returns a multiple of 2^-53 that is uniform in [0, 1), from the first two words of a block.
  constexpr double uniform(std::uint64_t task, std::uint64_t position) const {
    const Philox::Counter words = block(task, position);
    const std::uint64_t bits = (std::uint64_t{words[1]} << 32 | words[0]) >> 11;
    return static_cast<double>(bits) * 0x1p-53;
  }

 private:
  Philox::Key key_{};
};

}  // namespace tessera::base
