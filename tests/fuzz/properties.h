// What every decoder of bytes that nobody vouches for must hold to, whatever it is given.
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <sanitizer/allocator_interface.h>

namespace fuzz {

/// Ends the process the way libFuzzer takes for a finding.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", property);
  std::abort();
}

/// Whether [offset, offset + bytes) lies within [0, size).
inline bool within(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
  return static_cast<unsigned __int128>(offset) + bytes <= size;
}

/// Counts the bytes that are asked of the heap, by this thread, while one of these is there.
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

/// The heap that a decoder may ask for: a few times its input (a record of 16 bytes takes 48 in memory), and
/// some for the text of an error.
inline std::size_t heap_for(std::size_t input) { return 8 * input + (std::size_t{16} << 10); }

/// What a decoder makes of an input; nothing where it refuses it. Anything else than base::Error (bad_data)
/// that is thrown, and memory out of proportion, are findings.
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

inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz
