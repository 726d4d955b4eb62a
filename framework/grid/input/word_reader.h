// Words of a text file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::input {

/// Splits a text into words, and keeps track of the line number.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_{text} {}

  /// Returns the next word; empty at the end of the text.
  std::string_view next();
  /// Returns the next word of the same line; empty at its end.
  std::string_view next_in_line();
  /// The line of the latest word, 1-based.
  std::size_t line() const { return line_; }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  std::string_view word();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// Returns a word of a file in a form that is safe in messages: truncated, and with non-printable and
/// non-ASCII characters replaced.
std::string excerpt(std::string_view word);

}  // namespace tessera::input
