// Functions for text that should be UTF-8 but may be malformed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::base {

struct Character {
  char32_t code_point = 0;  ///< U+FFFD for bytes that are not valid UTF-8
  std::size_t bytes = 1;    ///< length of the encoded character in bytes, at least 1
};

/// The character that starts at byte `at`, which must be within `text`.
Character character_at(std::string_view text, std::size_t at);

/// The UTF-8 encoding of `code_point`.
std::string to_utf8(char32_t code_point);

/// Number of characters in `text`.
std::size_t count_characters(std::string_view text);
/// `text`, padded with spaces at the end to at least `width` characters.
std::string padded(const std::string& text, std::size_t width);

/// `text` with ASCII capitals converted to lower case.
std::string lower_case(std::string_view text);

/// Whether `code_point` could move the cursor or reorder the text when printed, or is invisible.
bool is_control(char32_t code_point);

/// Whether `text` is valid UTF-8.
bool is_utf8(std::string_view text);
/// Whether `text` is valid UTF-8 without control characters, so that it can be printed in one line.
bool is_printable(std::string_view text);

/// Width of the character in terminal columns: 0 (combining), 2 (East Asian, pictographs), or 1 (all others).
int width_of(char32_t code_point);

}  // namespace tessera::base
