#include "base/escape.h"

#include "base/text.h"
#include "base/utf8.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tessera::base {

namespace {

/// The escape sequence for a character in a JSON string: one or two UTF-16 code units.
std::string json_escape(char32_t code_point) {
  const auto value = static_cast<unsigned>(code_point);
  if (value < 0x10000) return fmt::format("\\u{:04x}", value);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((value - 0x10000) >> 10U),
                     0xDC00 + ((value - 0x10000) & 0x3FFU));
}

template <class Json>
std::string valid_json_text(const Json& json, int indent) {
  const std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    // dump() has escaped those below U+0020, except the newlines between the values.
    if (c.code_point >= 0x7F && is_control(c.code_point)) {
      out += json_escape(c.code_point);
    } else {
      out.append(text, at, c.bytes);
    }
    at += c.bytes;
  }
  return out;
}

bool is_plain_in_shell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_./:,+@%"}.find(c) != std::string_view::npos;
}

}  // namespace

std::string json_text(const nlohmann::json& json, int indent) { return valid_json_text(json, indent); }
std::string json_text(const nlohmann::ordered_json& json, int indent) {
  return valid_json_text(json, indent);
}

std::string csv_field(std::string_view text) {
  const bool is_formula =
      !text.empty() && std::string_view{"=+-@\t\r"}.find(text[0]) != std::string_view::npos;
  const std::string safe = (is_formula ? "'" : "") + printable(text, unlimited);
  if (safe.find_first_of(",\"") == std::string::npos) return safe;
  std::string out = "\"";
  for (const char c : safe) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text, unlimited)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain_in_shell)) return std::string{text};
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

}  // namespace tessera::base
