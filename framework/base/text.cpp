#include "base/text.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace tessera::base {

namespace {

// Formats with one decimal place if the number is below 10 and not whole, otherwise with none: "1.5", "62".
std::string short_number(double v) {
  const double tenths = std::round(v * 10.0) / 10.0;
  if (tenths >= 10.0 || tenths == std::floor(tenths)) return fmt::format("{:.0f}", v);
  return fmt::format("{:.1f}", tenths);
}

// Formats as "1.6e12": a mantissa of at most two digits, and an exponent without sign or leading zeros.
std::string scientific(double v) {
  int exponent = static_cast<int>(std::floor(std::log10(v)));
  double mantissa = std::round(v / std::pow(10.0, exponent) * 10.0) / 10.0;
  if (mantissa >= 10.0) {
    mantissa /= 10.0;
    ++exponent;
  }
  return fmt::format("{}e{}", short_number(mantissa), exponent);
}

// Scales to the most suitable unit. Each unit is a thousand times the previous one.
std::string with_unit(double v, const std::array<const char*, 6>& units) {
  std::size_t u = 0;
  for (; v >= 999.5 && u + 1 < units.size(); ++u) v /= 1000.0;
  return fmt::format("{} {}", u == 0 ? fmt::format("{:.0f}", v) : short_number(v), units[u]);
}

std::string with_two_units(double large, const char* large_unit, double small, const char* small_unit) {
  if (small == 0.0) return fmt::format("{:.0f} {}", large, large_unit);
  return fmt::format("{:.0f} {} {:02.0f} {}", large, large_unit, small, small_unit);
}

// Formats a duration of less than a minute with at most three digits.
std::string short_duration(double s) {
  struct Unit {
    double per_second;
    const char* name;
  };
  for (const Unit u : {Unit{1.0, "s"}, Unit{1e3, "ms"}, Unit{1e6, "µs"}}) {
    const double v = s * u.per_second;
    if (v < 0.9995) continue;
    const double rounded = std::round(v * 10.0) / 10.0;
    const bool no_decimals = rounded == std::floor(rounded) || (u.per_second > 1.0 && v >= 10.0);
    return no_decimals ? fmt::format("{:.0f} {}", v, u.name) : fmt::format("{:.1f} {}", rounded, u.name);
  }
  return s >= 0.5e-9 ? fmt::format("{:.0f} ns", s * 1e9) : "0 s";
}

}  // namespace

std::string format_duration(double seconds) {
  if (std::isnan(seconds)) return "unknown";
  if (seconds < 0.0) return "-" + format_duration(-seconds);
  if (std::isinf(seconds)) return "forever";
  if (seconds < 59.95) return short_duration(seconds);
  const double whole_seconds = std::round(seconds);
  if (whole_seconds < 3600.0)
    return with_two_units(std::floor(whole_seconds / 60.0), "min", std::fmod(whole_seconds, 60.0), "s");
  const double minutes = std::round(seconds / 60.0);
  if (minutes < 1440.0)
    return with_two_units(std::floor(minutes / 60.0), "h", std::fmod(minutes, 60.0), "min");
  const double hours = std::round(seconds / 3600.0);
  if (hours >= 24e6) return scientific(hours / 24.0) + " days";
  const double days = std::floor(hours / 24.0);
  return with_two_units(days, days == 1.0 ? "day" : "days", std::fmod(hours, 24.0), "h");
}

std::string format_bytes(double bytes) {
  if (!std::isfinite(bytes)) return "unknown";
  if (bytes < 0.0) return "-" + format_bytes(-bytes);
  if (bytes >= 1e18) return scientific(bytes / 1e9) + " GB";
  return with_unit(bytes, {"B", "kB", "MB", "GB", "TB", "PB"});
}

std::string format_count(double count) {
  if (!std::isfinite(count)) return "unknown";
  if (count < 0.0) return "-" + format_count(-count);
  if (count < 9999.5) return fmt::format("{:.0f}", count);
  if (count >= 1e18) {
    const double power = std::round(std::log10(count));
    if (std::abs(count / std::pow(10.0, power) - 1.0) < 1e-12) return fmt::format("10^{:.0f}", power);
    return scientific(count);
  }
  return with_unit(count, {"", "k", "M", "G", "T", "P"});
}

std::string printable(std::string_view text, std::size_t max_characters, Newlines newlines) {
  const auto is_kept = [&](std::size_t newline) {
    return newlines == Newlines::all ||
           (newlines == Newlines::indented && text.substr(newline + 1).starts_with("  "));
  };
  std::string out;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character c = character_at(text, at);
    if (++characters > max_characters) return out + "…";
    if (c.code_point == U'\n' && is_kept(at)) {
      out += '\n';
    } else {
      out += c.code_point == U'\t' ? " " : (is_control(c.code_point) ? "\uFFFD" : to_utf8(c.code_point));
    }
    at += c.bytes;
  }
  return out;
}

}  // namespace tessera::base
