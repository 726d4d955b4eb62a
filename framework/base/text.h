// Quantities as a person reads them.
#pragma once

#include <cstddef>
#include <string>

namespace tessera::base {

/// A duration: "2 h 19 min", "4 min 56 s", "41.2 s", "12 ms", "0 s"; "forever". `seconds` may be negative.
std::string format_duration(double seconds);

/// A size in decimal units: "62 MB", "1.5 GB", "512 B"; from 10^18 bytes on in GB ("1.6e12 GB").
std::string format_bytes(double bytes);

/// A count: "7440", "84 M", "1.2 G"; from 10^18 on as a power ("10^20", "3.4e21").
std::string format_count(double count);

/// `text` as one line that is safe on a terminal: valid UTF-8, and control characters (also those that
/// reorder text) replaced. Longer than `longest` characters, it is cut and ends in an ellipsis.
std::string printable(const std::string& text, std::size_t longest = 1000);

}  // namespace tessera::base
