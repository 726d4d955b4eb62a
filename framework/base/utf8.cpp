#include "base/utf8.h"

#include <algorithm>
#include <array>

namespace tessera::base {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code_point](const Range& r) { return code_point >= r.first && code_point <= r.last; });
}

constexpr std::array<Range, 7> controls{{{0x00, 0x1F},
                                         {0x7F, 0x9F},
                                         {0x200B, 0x200F},
                                         {0x2028, 0x202E},
                                         {0x2060, 0x206F},
                                         {0xFEFF, 0xFEFF},
                                         {0xE0000, 0xE0FFF}}};
constexpr std::array<Range, 4> combining{
    {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 9> wide{{{0x1100, 0x115F},
                                     {0x2E80, 0x303E},
                                     {0x3041, 0xA4CF},
                                     {0xAC00, 0xD7A3},
                                     {0xF900, 0xFAFF},
                                     {0xFE30, 0xFE6F},
                                     {0xFF00, 0xFF60},
                                     {0x1F300, 0x1FAFF},
                                     {0x20000, 0x3FFFD}}};

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
  constexpr Character invalid{0xFFFD, 1};
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[at + n]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return invalid;
  char32_t code_point = first & (0xFFU >> (bytes + 1));
  for (std::size_t n = 1; n < bytes; ++n) {
    if ((byte(n) & 0xC0U) != 0x80U) return invalid;
    code_point = (code_point << 6U) | (byte(n) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> min_code_point{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < min_code_point[bytes] || code_point > 0x10FFFF || is_surrogate) return invalid;
  return {code_point, bytes};
}

std::string to_utf8(char32_t code_point) {
  const auto byte = [](char32_t v) { return static_cast<char>(static_cast<unsigned char>(v)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | (code_point >> 6U)), byte(0x80 | (code_point & 0x3F))};
  if (code_point < 0x10000) {
    return {byte(0xE0 | (code_point >> 12U)), byte(0x80 | ((code_point >> 6U) & 0x3F)),
            byte(0x80 | (code_point & 0x3F))};
  }
  return {byte(0xF0 | (code_point >> 18U)), byte(0x80 | ((code_point >> 12U) & 0x3F)),
          byte(0x80 | ((code_point >> 6U) & 0x3F)), byte(0x80 | (code_point & 0x3F))};
}

std::size_t count_characters(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size(); ++n) at += character_at(text, at).bytes;
  return n;
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, count_characters(text)), ' ');
}

std::string lower_case(std::string_view text) {
  std::string out{text};
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_control(char32_t code_point) { return contains(controls, code_point); }

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (c.code_point == 0xFFFD && c.bytes == 1) return false;
    at += c.bytes;
  }
  return true;
}

bool is_printable(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (is_control(c.code_point)) return false;
    at += c.bytes;
  }
  return true;
}

int width_of(char32_t code_point) {
  if (contains(combining, code_point)) return 0;
  return contains(wide, code_point) ? 2 : 1;
}

}  // namespace tessera::base
