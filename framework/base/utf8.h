// Characters of text that should be UTF-8 but may be malformed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::base {

struct Character {
  char32_t code = 0;      ///< U+FFFD for bytes that are not valid UTF-8
  std::size_t bytes = 1;  ///< number of bytes that it takes in the text, at least 1
};

/// The character that starts at byte `at`, which must be within `text`.
Character character_at(std::string_view text, std::size_t at);

/// The UTF-8 encoding of `code`.
std::string to_utf8(char32_t code);

/// Number of characters in `text`.
std::size_t count_characters(std::string_view text);
/// `text`, padded with spaces at the end to at least `width` characters.
std::string padded(const std::string& text, std::size_t width);

/// `text` with ASCII capitals converted to lower case.
std::string lower_case(std::string_view text);

/// Whether printing `code` could move the cursor, reorder the text or show nothing.
bool is_control(char32_t code);

/// Width of the character in terminal columns: 0 (combining), 2 (East Asian, pictographs), or 1 (all others).
int width_of(char32_t code);

}  // namespace tessera::base
