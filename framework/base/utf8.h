// Characters of UTF-8 text of any origin.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::base {

struct Character {
  char32_t code = 0;      ///< U+FFFD for bytes that are no UTF-8
  std::size_t bytes = 1;  ///< how many bytes of the text it takes, at least 1
};

/// The character that starts at byte `at`, which must lie within `text`.
Character character_at(std::string_view text, std::size_t at);

std::string encode(char32_t code);

/// Characters of `text`.
std::size_t count_characters(std::string_view text);
/// `text`, filled up with spaces to `width` characters.
std::string padded(const std::string& text, std::size_t width);

/// `text` with the capitals of ASCII made small.
std::string lower_case(std::string_view text);

/// Whether printing `code` could move the cursor, reorder the text or do nothing visible.
bool is_control(char32_t code);

/// Columns that the character takes on a terminal: 0 (combining), 1, or 2 (East Asian, pictographs).
int width_of(char32_t code);

}  // namespace tessera::base
