#include "grid/field/stream.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace tessera::field {

namespace {

#if defined(__AVX512F__)
constexpr std::size_t width = 64;
void store(std::byte* to, const std::byte* from) {
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), _mm512_loadu_si512(from));
}
#elif defined(__AVX2__)
constexpr std::size_t width = 32;
void store(std::byte* to, const std::byte* from) {
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
#elif defined(__SSE2__)
constexpr std::size_t width = 16;
void store(std::byte* to, const std::byte* from) {
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
#else
constexpr std::size_t width = 64;
void store(std::byte* to, const std::byte* from) { std::memcpy(to, from, width); }
#endif

/// Copies a row. Streams whole cache lines only: a partially written line would have to be read first.
void stream_row(std::byte* to, const std::byte* from, std::size_t bytes) {
  constexpr std::size_t line = 64;
  const std::size_t head = std::min(bytes, (line - reinterpret_cast<std::uintptr_t>(to) % line) % line);
  std::memcpy(to, from, head);
  const std::size_t end = head + (bytes - head) / line * line;
  for (std::size_t at = head; at < end; at += width) store(to + at, from + at);
  std::memcpy(to + end, from + end, bytes - end);
}

}  // namespace

void stream(const ConstFieldView& from, const grid::Box& cells, const FieldView& to) {
  const std::size_t element = bytes_of(to.scalar);
  const std::size_t bytes = static_cast<std::size_t>(cells.extent(0)) * element;
  const auto address = [&](const auto& view, std::int64_t j, std::int64_t k, int c) {
    const std::int64_t at = cells.lower[0] + j * view.stride[1] + k * view.stride[2] + c * view.stride[3];
    return view.origin + at * static_cast<std::int64_t>(element);
  };
  for (int c = 0; c < to.components; ++c) {
    for (std::int64_t k = cells.lower[2]; k < cells.upper[2]; ++k) {
      for (std::int64_t j = cells.lower[1]; j < cells.upper[1]; ++j) {
        stream_row(address(to, j, k, c), address(from, j, k, c), bytes);
      }
    }
  }
}

void finish_streams() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace tessera::field
