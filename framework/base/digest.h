// Digests of field values, which do not depend on the order in which cells are visited, and hashes of bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera::base {

/// Functions for the digest of a field: the sum modulo 2^64 of one hash per cell, which is computed from the
/// cell's value and index. Equal fields have equal digests, however they are distributed over chunks and
/// ranks. A digest is not a cryptographic hash: it detects accidental differences only.
class Digest {
 public:
  /// The seed of the cell hashes for component `component` of the field named `field`.
  static std::uint64_t seed(std::string_view field, int component);

  /// The hash of one cell: `bits` is the bit pattern of its value, `index` its linear index in the domain.
  /// Applies MurmurHash3's 64-bit finaliser (Appleby) twice.
  static constexpr std::uint64_t cell_hash(std::uint64_t seed, std::uint64_t index, std::uint64_t bits) {
    return mix(mix(bits + seed) + index * 0x9e3779b97f4a7c15u);
  }

  /// `digest` as 16 hexadecimal digits.
  static std::string to_hex(std::uint64_t digest);

 private:
  static constexpr std::uint64_t mix(std::uint64_t h) {
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53u;
    h ^= h >> 33;
    return h;
  }
};

/// XXH3 hash of `bytes`.
std::uint64_t hash_of(std::span<const std::byte> bytes);

/// XXH3 hash of `bytes`, as 16 hexadecimal digits.
std::string fingerprint(std::string_view bytes);

}  // namespace tessera::base
