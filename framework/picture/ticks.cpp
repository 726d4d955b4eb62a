#include "picture/ticks.h"

#include "base/contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tessera::picture {
namespace {

/// Returns the smallest round number that is not less than `min_step`. If `degrees` is true, prefers divisors
/// of 90.
double round_step(double min_step, bool degrees) {
  constexpr std::array<double, 8> degree_steps{1, 2, 5, 10, 15, 30, 45, 90};
  if (degrees && min_step > 0.5) {
    const auto step =
        std::find_if(degree_steps.begin(), degree_steps.end(), [&](double s) { return s >= min_step; });
    if (step != degree_steps.end()) return *step;
  }
  const double power = std::pow(10.0, std::floor(std::log10(min_step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= min_step * (1 - 1e-9)) return factor * power;
  }
  return 10.0 * power;
}

/// Returns the number of decimals that distinguish multiples of `step`, at most 15.
int decimals_of(double step) {
  return std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 15);
}

std::string with_typographic_minus(std::string text) {
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

std::string superscript(int number) {
  constexpr std::array<const char*, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text;
  for (const char c : std::to_string(number))
    text += c == '-' ? "⁻" : digits[static_cast<std::size_t>(c - '0')];
  return text;
}

std::string degree_label(double degrees, int decimals, TickKind kind) {
  if (kind == TickKind::longitude) degrees -= 360.0 * std::ceil((degrees - 180.0) / 360.0);
  const std::string number = fmt::format("{:.{}f}°", std::abs(degrees), decimals);
  const bool no_direction = degrees == 0.0 || (kind == TickKind::longitude && degrees == 180.0);
  if (no_direction) return number;
  if (kind == TickKind::longitude) return number + (degrees > 0.0 ? "E" : "W");
  return number + (degrees > 0.0 ? "N" : "S");
}

}  // namespace

Ticks make_ticks(double lower, double upper, int max_intervals, TickKind kind) {
  base::expects(std::isfinite(lower) && std::isfinite(upper - lower) && lower < upper && max_intervals > 0,
                "an axis must have a finite, non-empty range");
  Ticks ticks;
  const double step = round_step((upper - lower) / max_intervals, kind != TickKind::plain);
  const double tolerance = 1e-9 * step;
  const double first = std::ceil((lower - tolerance) / step);
  for (int i = 0; i <= max_intervals + 1; ++i) {
    const double position = (first + i) * step;
    if (position > upper + tolerance) break;
    // Adding zero turns -0 into 0. If the range is tiny relative to its position, successive positions may
    // round to the same number.
    if (ticks.positions.empty() || position > ticks.positions.back())
      ticks.positions.push_back(position + 0.0);
  }
  const double largest = std::max(std::abs(lower), std::abs(upper));
  int exponent = 0;
  if (kind == TickKind::plain && (largest >= 1e5 || largest < 1e-2)) {
    exponent = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
    ticks.factor = "×10" + superscript(exponent);
  }
  // Multiply twice by the square root of 10^-exponent, because 10^-exponent may overflow or underflow.
  const double half_power = std::pow(10.0, -0.5 * exponent);
  const int decimals = decimals_of(step * half_power * half_power);
  for (const double position : ticks.positions) {
    const double scaled = position * half_power * half_power;
    ticks.labels.push_back(kind == TickKind::plain
                               ? with_typographic_minus(fmt::format("{:.{}f}", scaled, decimals))
                               : degree_label(position, decimals, kind));
  }
  return ticks;
}

}  // namespace tessera::picture
