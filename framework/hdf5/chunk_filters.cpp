#include "hdf5/chunk_filters.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include <zlib.h>

namespace tessera::hdf5 {
namespace {

constexpr std::size_t checksum_bytes = 4;

/// Sums of the bytes as big-endian 16-bit words, modulo 65535; an odd byte at the end is a word's upper half.
std::uint32_t fletcher32(const std::byte* data, std::size_t size) {
  std::uint64_t sum = 0;
  std::uint64_t sum_of_sums = 0;
  for (std::size_t n = 0; n < size; n += 2) {
    const auto low = n + 1 < size ? std::to_integer<std::uint64_t>(data[n + 1]) : 0;
    sum += std::to_integer<std::uint64_t>(data[n]) << 8 | low;
    sum_of_sums += sum;
    // Folding, unlike a remainder, keeps 65535 distinct from 0, as HDF5 does.
    sum = (sum & 0xffff) + (sum >> 16);
    sum_of_sums = (sum_of_sums & 0xffff) + (sum_of_sums >> 16);
  }
  return static_cast<std::uint32_t>(sum_of_sums << 16 | sum);
}

bool remove_checksum(std::vector<std::byte>& chunk) {
  if (chunk.size() < checksum_bytes) return false;
  const std::size_t size = chunk.size() - checksum_bytes;
  std::uint32_t stored = 0;
  for (std::size_t n = checksum_bytes; n-- > 0;)
    stored = stored << 8 | std::to_integer<std::uint32_t>(chunk[size + n]);
  if (stored != fletcher32(chunk.data(), size)) return false;
  chunk.resize(size);
  return true;
}

bool inflate_chunk(std::vector<std::byte>& chunk, std::size_t max_bytes) {
  std::vector<std::byte> out(max_bytes);
  uLongf size = max_bytes;
  if (::uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(chunk.data()),
                   chunk.size()) != Z_OK)
    return false;
  out.resize(size);
  chunk = std::move(out);
  return true;
}

/// Puts the bytes of elements together. The number of bytes is a constant, so that compilers vectorise the
/// loop.
template <std::size_t Bytes>
void join_bytes(const std::byte* stored, std::size_t count, std::byte* out) {
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t b = 0; b < Bytes; ++b) out[n * Bytes + b] = stored[b * count + n];
  }
}

/// The bytes were stored element by element: first the first byte of each element, then the second, and so
/// on. Bytes that do not fill an element follow at the end, unchanged.
void unshuffle(std::vector<std::byte>& chunk, std::size_t element_bytes) {
  const std::size_t count = element_bytes > 1 ? chunk.size() / element_bytes : 0;
  if (count < 2) return;
  std::vector<std::byte> out(chunk);
  switch (element_bytes) {
    case 2:
      join_bytes<2>(chunk.data(), count, out.data());
      break;
    case 4:
      join_bytes<4>(chunk.data(), count, out.data());
      break;
    case 8:
      join_bytes<8>(chunk.data(), count, out.data());
      break;
    default:
      for (std::size_t b = 0; b < element_bytes; ++b) {
        for (std::size_t n = 0; n < count; ++n) out[n * element_bytes + b] = chunk[b * count + n];
      }
  }
  chunk = std::move(out);
}

}  // namespace

ChunkFilters::ChunkFilters(hid_t creation, std::size_t chunk_bytes) : chunk_bytes_{chunk_bytes} {
  const int count = H5Pget_nfilters(creation);
  for (int n = 0; n < count; ++n) {
    unsigned flags = 0;
    unsigned config = 0;
    std::array<unsigned, 1> parameters{};
    std::size_t parameter_count = parameters.size();
    std::array<char, 65> name{};
    const H5Z_filter_t id = H5Pget_filter2(creation, static_cast<unsigned>(n), &flags, &parameter_count,
                                           parameters.data(), name.size() - 1, name.data(), &config);
    filters_.push_back({id, parameter_count > 0 ? parameters[0] : 0, name.data()});
  }
}

std::optional<std::string> ChunkFilters::unsupported() const {
  const auto found = std::find_if(filters_.begin(), filters_.end(), [](const Filter& f) {
    return f.id != H5Z_FILTER_DEFLATE && f.id != H5Z_FILTER_SHUFFLE && f.id != H5Z_FILTER_FLETCHER32;
  });
  if (found == filters_.end()) return std::nullopt;
  return found->name.empty() ? fmt::format("number {}", found->id)
                             : fmt::format("`{}` (number {})", base::printable(found->name), found->id);
}

std::size_t ChunkFilters::max_packed_bytes() const {
  // zlib adds less than 1 in 256 to data that it cannot compress.
  std::size_t bytes = chunk_bytes_;
  for (std::size_t n = 0; n < filters_.size(); ++n) bytes += bytes / 256 + 64;
  return bytes;
}

bool ChunkFilters::unpack(std::vector<std::byte>& chunk, unsigned skipped) const {
  for (std::size_t n = filters_.size(); n-- > 0;) {
    if (n < 32 && (skipped >> n & 1U) != 0) continue;
    switch (filters_[n].id) {
      case H5Z_FILTER_DEFLATE:
        if (!inflate_chunk(chunk, max_packed_bytes())) return false;
        break;
      case H5Z_FILTER_FLETCHER32:
        if (!remove_checksum(chunk)) return false;
        break;
      default:
        unshuffle(chunk, filters_[n].parameter);
    }
  }
  return chunk.size() == chunk_bytes_;
}

}  // namespace tessera::hdf5
