// Reads structs and arrays of plugins that were built with older or newer headers.
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "plugin/findings.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tessera::plugin {

/// Maximum plausible size of a struct in bytes, much larger than any struct of the interface.
constexpr std::uint32_t max_struct_size = 4096;

/// Copies a struct of `size` bytes: members beyond that size are zero, and unknown members are ignored.
template <class T>
T copy_struct(const void* from, std::uint32_t size) {
  T to{};
  std::memcpy(&to, from, std::min<std::size_t>(size, sizeof to));
  return to;
}

/// Copies a struct that starts with its size. Throws base::Error (unavailable) if the size is not plausible.
/// `description`: description of the struct, for the message.
template <class T>
T read_struct(const void* from, const std::string& description) {
  const auto size = copy_struct<std::uint32_t>(from, sizeof(std::uint32_t));
  if (size < 2 * sizeof(std::uint32_t) || size > max_struct_size) {
    throw base::Error(
        base::ExitCode::unavailable,
        fmt::format("{} has a struct_size of {} bytes ({} to {} are allowed)", description, size,
                    2 * sizeof(std::uint32_t), max_struct_size),
        fmt::format("set struct_size to the size of its type ({} bytes in this version)", sizeof(T)));
  }
  return copy_struct<T>(from, size);
}

/// Copies an array of `count` structs (at most `max_count`) of `size` bytes each. If the array is invalid,
/// adds a finding and returns an empty array. `elements`: plural noun for the elements, for the message.
template <class T>
std::vector<T> read_array(const T* from, std::int32_t count, std::uint32_t size, const std::string& elements,
                          std::int32_t max_count, Findings& findings) {
  std::vector<T> all;
  if (count < 0 || count > max_count) {
    findings.add(fmt::format("it declares {} {} (0 to {} are allowed)", count, elements, max_count));
  } else if (count > 0 && from == nullptr) {
    findings.add("its array of " + elements + " is NULL");
  } else if (count > 0 && (size < alignof(T) || size > max_struct_size || size % alignof(T) != 0)) {
    findings.add(fmt::format("an element of its array of {} has {} bytes ({} in this version)", elements,
                             size, sizeof(T)));
  } else {
    const auto* bytes = reinterpret_cast<const std::byte*>(from);
    for (std::int32_t n = 0; n < count; ++n) {
      all.push_back(copy_struct<T>(bytes + static_cast<std::size_t>(n) * size, size));
    }
  }
  return all;
}

/// Copies an array whose elements have a frozen layout.
template <class T>
std::vector<T> read_array(const T* from, std::int32_t count, const std::string& elements,
                          std::int32_t max_count, Findings& findings) {
  return read_array(from, count, sizeof(T), elements, max_count, findings);
}

/// Copies a C string for display: replaces control characters and invalid UTF-8, and keeps at most 1000
/// characters. NULL becomes an empty string.
inline std::string text_of(const char* text) {
  return text == nullptr ? std::string{} : base::printable(text);
}

}  // namespace tessera::plugin
