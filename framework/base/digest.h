// Digests of field values that do not depend on the order in which cells are visited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera::base {

/// Sum modulo 2^64 of a hash of each cell's value and place: equal for equal fields whatever the chunks
/// and ranks. It tells accidents apart, not forgeries.
class Digest {
 public:
  /// The seed of one component of a named field.
  static std::uint64_t seed(std::string_view field, int component);

  /// The hash of one cell: `bits` of its value, `place` its linear index in the domain. MurmurHash3's
  /// 64-bit finaliser (Appleby), twice.
  static constexpr std::uint64_t cell(std::uint64_t seed, std::uint64_t place, std::uint64_t bits) {
    return mixed(mixed(bits + seed) + place * 0x9e3779b97f4a7c15u);
  }

  /// Sixteen hexadecimal digits.
  static std::string text(std::uint64_t digest);

 private:
  static constexpr std::uint64_t mixed(std::uint64_t h) {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53u;
    h ^= h >> 33;
    return h;
  }
};

/// XXH3 of some bytes.
std::uint64_t hash_of(std::span<const std::byte> bytes);

/// XXH3 of some bytes, as sixteen hexadecimal digits.
std::string fingerprint(std::string_view bytes);

}  // namespace tessera::base
