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

/// Ends the process in a way that libFuzzer counts as a finding, unless `holds`.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", property);
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
        [](const volatile void*, std::size_t size) { asked() += size; }, [](const volatile void*) {});
    require(installed > 0, "the heap can be watched");
    asked() = 0;
  }
  std::size_t bytes() const { return asked(); }

 private:
  static std::size_t& asked() {
    static thread_local std::size_t count = 0;
    return count;
  }
};

/// The heap that a decoder may allocate: a few times its input (a record of 16 bytes takes 48 in memory), and
/// some for the text of an error.
inline std::size_t heap_for(std::size_t input) { return 8 * input + (std::size_t{16} << 10); }

/// The result of a decoder; nullopt if it refuses its input. Throwing anything but base::Error (bad_data),
/// and allocating memory out of proportion to the input, are findings.
template <typename Decode>
auto decoded(std::size_t size, Decode decode) -> std::optional<decltype(decode())> {
  const HeapMeter heap;
  try {
    std::optional<decltype(decode())> value{decode()};
    require(heap.bytes() <= heap_for(size), "memory is in proportion to the input");
    return value;
  } catch (const tessera::base::Error& e) {
    require(heap.bytes() <= heap_for(size), "memory is in proportion to the input, also where it is refused");
    require(e.code() == tessera::base::ExitCode::bad_data, "what is refused is bad data");
    require(e.text().starts_with("error: "), "a refusal has a text");
    return std::nullopt;
  }
}

/// Chunks are ascending numbers, in the shortest form.
inline void check_runs(const std::vector<tessera::checkpoint::ChunkRange>& runs) {
  __int128 end = -1;
  for (const auto& run : runs) {
    require(run.first > end && run.first >= 0, "chunks ascend, with a gap between two runs");
    require(run.count >= 1, "a run holds a chunk");
    end = static_cast<__int128>(run.first) + run.count;
    require(end <= INT64_MAX, "a chunk has a number");
  }
}

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz
