#include "base/exact_sum.h"

#include <bit>
#include <cmath>
#include <limits>

namespace tessera::base {

namespace {
constexpr std::size_t plus_infinity = ExactSum::limbs;
constexpr std::size_t minus_infinity = ExactSum::limbs + 1;
constexpr std::size_t not_a_number = ExactSum::limbs + 2;
constexpr std::int64_t limb_mask = 0xffffffff;
}  // namespace

void ExactSum::add_special(double value) {
  ++words_[std::isnan(value) ? not_a_number : value > 0 ? plus_infinity : minus_infinity];
}

void ExactSum::carry() {
  for (std::size_t n = 0; n + 1 < limbs; ++n) {
    words_[n + 1] += words_[n] >> 32;  // arithmetic shift: rounds towards minus infinity
    words_[n] &= limb_mask;
  }
  room_ = room;
}

ExactSum::Words ExactSum::words() const {
  ExactSum copy{*this};
  copy.carry();
  return copy.words_;
}

ExactSum ExactSum::from_words(const Words& words) {
  ExactSum sum;
  sum.words_ = words;
  sum.carry();
  return sum;
}

void ExactSum::add(const ExactSum& other) {
  const Words theirs = other.words();
  carry();
  for (std::size_t n = 0; n < theirs.size(); ++n) words_[n] += theirs[n];
  carry();
}

double ExactSum::value() const {
  Words w = words();
  if (w[not_a_number] > 0 || (w[plus_infinity] > 0 && w[minus_infinity] > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (w[plus_infinity] > 0) return std::numeric_limits<double>::infinity();
  if (w[minus_infinity] > 0) return -std::numeric_limits<double>::infinity();

  const bool negative = w[limbs - 1] < 0;  // after a carry only the last limb has a sign
  if (negative) {
    ExactSum magnitude;
    for (std::size_t n = 0; n < limbs; ++n) magnitude.words_[n] = -w[n];
    w = magnitude.words();
  }

  std::size_t top = limbs;
  while (top > 0 && w[top - 1] == 0) --top;
  if (top == 0) return 0.0;
  const auto bit = [&](std::int64_t p) -> std::uint64_t {
    return p < 0 ? 0u : static_cast<std::uint64_t>(w[static_cast<std::size_t>(p / 32)] >> (p % 32)) & 1u;
  };
  // The last limb may hold more than 32 bits only when the sum is far beyond the largest double.
  if (std::bit_width(static_cast<std::uint64_t>(w[top - 1])) > 32) {
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  const auto highest = static_cast<std::int64_t>(32 * (top - 1)) +
                       static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(w[top - 1]))) - 1;
  const std::int64_t last = highest > 52 ? highest - 52 : 0;
  std::uint64_t mantissa = 0;
  for (std::int64_t p = highest; p >= last; --p) mantissa = (mantissa << 1) | bit(p);
  if (last > 0 && bit(last - 1) != 0) {
    bool beyond_half = (mantissa & 1u) != 0;
    for (std::int64_t p = last - 2; p >= 0 && !beyond_half; --p) beyond_half = bit(p) != 0;
    if (beyond_half) ++mantissa;
  }
  const double magnitude = std::ldexp(static_cast<double>(mantissa), static_cast<int>(last) - 1074);
  return negative ? -magnitude : magnitude;
}

}  // namespace tessera::base
