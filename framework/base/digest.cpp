#include "base/digest.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace tessera::base {

std::uint64_t Digest::seed(std::string_view field, int component) {
  return XXH3_64bits_withSeed(field.data(), field.size(), static_cast<XXH64_hash_t>(component));
}

std::string Digest::to_hex(std::uint64_t digest) { return fmt::format("{:016x}", digest); }

std::uint64_t hash_of(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string fingerprint(std::string_view bytes) {
  return Digest::to_hex(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace tessera::base
