// Formatted output on a terminal, which does not throw on write errors.
#pragma once

#include "base/text.h"

#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tessera::base {

/// Prints text unchanged. Reports a write error only through the stream's error indicator.
inline void print_verbatim(std::FILE* stream, std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

/// Marks an argument of print() as text of several lines.
struct Lines {
  std::string_view text;
};

/// How print() shows an argument: strings as one line, and both strings and Lines without control characters.
/// A `const char*` is text of the program itself, such as the code of a colour, and is not changed.
inline std::string shown(const std::string& text) { return printable(text, unlimited); }
inline std::string shown(Lines lines) { return printable(lines.text, unlimited, Newlines::all); }
template <class Argument>
const Argument& shown(const Argument& argument) {
  return argument;
}

/// Prints formatted text to a stream; see shown(). Reports a write error only through the stream's error
/// indicator.
template <class... Arguments>
void print(std::FILE* stream,
           fmt::format_string<decltype(base::shown(std::declval<const Arguments&>()))...> format,
           const Arguments&... arguments) {
  print_verbatim(stream, fmt::format(format, base::shown(arguments)...));
}

/// Prints formatted text to standard output; see shown().
template <class... Arguments>
void print(fmt::format_string<decltype(base::shown(std::declval<const Arguments&>()))...> format,
           const Arguments&... arguments) {
  print_verbatim(stdout, fmt::format(format, base::shown(arguments)...));
}

}  // namespace tessera::base
