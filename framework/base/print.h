// Formatted output that does not throw on write errors.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tessera::base {

/// Prints formatted text to a stream. Unlike fmt::print, reports a write error only through the stream's
/// error indicator.
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
