// Properties that every decoder of untrusted bytes must have, for any input.
#pragma once

#include "base/error.h"
#include "checkpoint/manifest.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sanitizer/allocator_interface.h>

namespace fuzz {

/// Aborts the process unless `holds`. libFuzzer reports this as a finding.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", property);
  std::abort();
}

/// Whether [offset, offset + bytes) lies within [0, size).
inline bool within(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return static_cast<unsigned __int128>(offset) + bytes <= size;
}

/// Counts the bytes that this thread allocates on the heap during the lifetime of the object.
class HeapMeter {
 public:
  HeapMeter() {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t size) { requested() += size; }, [](const volatile void*) {});
    require(installed > 0, "heap allocations can be counted");
    requested() = 0;
  }
  std::size_t bytes() const { return requested(); }

 private:
  static std::size_t& requested() {
    static thread_local std::size_t count = 0;
    return count;
  }
};

/// The number of bytes that a decoder may allocate on the heap for an input of the given size: a few times
/// the input (a 16-byte record takes 48 bytes in memory), and some for an error message.
inline std::size_t max_heap_bytes(std::size_t input) { return 8 * input + (std::size_t{16} << 10); }

/// Calls a decoder on an input of `size` bytes. Returns its result, or nullopt if it rejects the input. It is
/// a finding if the decoder throws anything other than base::Error (bad_data), or allocates memory out of
/// proportion to the input.
template <typename Decode>
auto try_decode(std::size_t size, Decode decode) -> std::optional<decltype(decode())> {
  const HeapMeter heap;
  try {
    std::optional<decltype(decode())> value{decode()};
    require(heap.bytes() <= max_heap_bytes(size), "memory use is in proportion to the input");
    return value;
  } catch (const tessera::base::Error& e) {
    require(heap.bytes() <= max_heap_bytes(size), "memory use is in proportion to a rejected input");
    require(e.code() == tessera::base::ExitCode::bad_data, "a rejected input is reported as bad data");
    require(e.text().starts_with("error: "), "a rejection has an error message");
    return std::nullopt;
  }
}

/// Checks that runs of chunks are valid, ascending and not adjacent.
inline void check_runs(const std::vector<tessera::checkpoint::ChunkRange>& runs) {
  __int128 end = -1;
  for (const auto& run : runs) {
    require(run.first > end && run.first >= 0, "runs of chunks ascend, with a gap between consecutive runs");
    require(run.count >= 1, "a run contains at least one chunk");
    end = static_cast<__int128>(run.first) + run.count;
    require(end <= INT64_MAX, "the numbers of chunks fit into 64-bit integers");
  }
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz
