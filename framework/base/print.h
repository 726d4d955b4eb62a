// Formatted output that never fails the program.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tessera::base {

/// Prints formatted text to a stream. Unlike fmt::print, does not throw if the text cannot be written; the
/// error indicator of the stream is then set.
template <class... Arguments>
void print(std::FILE* stream, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  const std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

/// Prints formatted text to standard output.
template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  base::print(stdout, format, std::forward<Arguments>(arguments)...);
}

}  // namespace tessera::base
