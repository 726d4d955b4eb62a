// Numbers written as text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace tessera::base {

/// Returns the number that `text` consists of, with a decimal point and an optional sign; nullopt if it is
/// not a number. Does not depend on the locale.
inline std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace tessera::base
