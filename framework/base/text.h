// Formats quantities for people.
#pragma once

#include <cstddef>
#include <string>

namespace tessera::base {

/// Formats a duration: "2 h 19 min", "4 min 56 s", "41.2 s", "12 ms", "0 s". `seconds` may be negative,
/// infinite ("forever") or NaN ("unknown").
std::string format_duration(double seconds);

/// Formats a size in decimal units: "62 MB", "1.5 GB", "512 B"; "1.6e12 GB" for 10^18 bytes and more.
std::string format_bytes(double bytes);

/// Formats a count: "7440", "84 M", "1.2 G"; "10^20" or "3.4e21" for counts of 10^18 and more.
std::string format_count(double count);

/// Returns `text` as one line that is safe to print on a terminal: valid UTF-8, with control characters
/// (including those that reorder text) replaced. Text longer than `longest` characters is cut and ends in an
/// ellipsis.
std::string printable(const std::string& text, std::size_t longest = 1000);

}  // namespace tessera::base
