#include "grid/output/stored_array.h"

#include "base/digest.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace tessera::output {

namespace {

constexpr std::uint64_t buffer_bytes = std::uint64_t{1} << 20;

/// The bits of a value, extended with zeros.
std::uint64_t bits_at(const std::byte* value, std::uint32_t bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, value, bytes);  // on a little-endian machine, the only kind that Tessera supports
  return bits;
}

}  // namespace

std::uint64_t digest_in(const host::DurableFile& file, const StoredArray& array) {
  std::vector<std::uint64_t> seeds;
  for (std::uint32_t c = 0; c < array.components; ++c)
    seeds.push_back(base::Digest::seed(array.name, static_cast<int>(c)));
  const std::uint64_t cell_bytes = std::uint64_t{array.components} * array.value_bytes;
  const std::uint64_t cells_per_buffer = std::max<std::uint64_t>(1, buffer_bytes / cell_bytes);
  std::vector<std::byte> buffer;
  std::uint64_t sum = 0;
  for (std::uint64_t first = 0; first < array.cells; first += cells_per_buffer) {
    const std::uint64_t count = std::min(cells_per_buffer, array.cells - first);
    buffer.resize(count * cell_bytes);
    file.read(buffer, array.offset + first * cell_bytes);
    const std::byte* value = buffer.data();
    for (std::uint64_t cell = first; cell < first + count; ++cell) {
      for (const std::uint64_t seed : seeds) {
        sum += base::Digest::cell_hash(seed, cell, bits_at(value, array.value_bytes));
        value += array.value_bytes;
      }
    }
  }
  return sum;
}

std::uint64_t hash_of_rest(const host::DurableFile& file, const std::vector<StoredArray>& arrays) {
  std::vector<std::byte> rest;
  const auto append = [&](std::uint64_t begin, std::uint64_t end) {
    const std::size_t size = rest.size();
    rest.resize(size + (end - begin));
    file.read(std::span{rest}.subspan(size), begin);
  };
  std::uint64_t end = 0;
  for (const StoredArray& array : arrays) {
    append(end, array.offset);
    end = array.offset + array.bytes();
  }
  append(end, file.size());
  return base::hash_of(rest);
}

}  // namespace tessera::output
