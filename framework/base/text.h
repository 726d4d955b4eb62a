// Formats quantities and text for display.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tessera::base {

/// Formats a duration: "2 h 19 min", "4 min 56 s", "41.2 s", "12 ms", "0 s". `seconds` may be negative,
/// infinite ("forever") or NaN ("unknown").
std::string format_duration(double seconds);

/// Formats a size in decimal units: "62 MB", "1.5 GB", "512 B". Sizes of at least 10^18 bytes are in GB:
/// "1.6e12 GB".
std::string format_bytes(double bytes);

/// Formats a count: "7440", "84 M", "1.2 G"; "10^20" or "3.4e21" if it is at least 10^18.
std::string format_count(double count);

/// Which newlines printable() keeps.
enum class Newlines {
  none,      ///< the result is one line
  indented,  ///< those that are followed by two spaces: no name can begin a line of its own
  all
};

/// For printable(): no limit on the length.
constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

/// Returns `text` in a form that is safe to print on a terminal: valid UTF-8, with control characters
/// (including those that reorder text) and newlines that are not kept replaced. Text of more than
/// `max_characters` characters is truncated, with an ellipsis at the end.
std::string printable(std::string_view text, std::size_t max_characters = 1000,
                      Newlines newlines = Newlines::none);

}  // namespace tessera::base
