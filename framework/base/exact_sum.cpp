#include "base/exact_sum.h"

#include <algorithm>
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

/// Adds at most 256 values. Splits each value into a coarse and a fine part. The coarse parts are multiples
/// of one power of two, the fine parts of another. Both powers are large enough that the sum of the coarse
/// parts and the sum of the fine parts are exact in double, in any order of addition: ExtractVector of Rump,
/// Ogita and Oishi (2008), "Accurate floating-point summation part I", SIAM J. Sci. Comput. 31(1),
/// algorithm 3.3. Returns false and leaves the sum unchanged if a value has bits that neither part can
/// represent, if a value is NaN, or if the largest magnitude is not between 1e-200 and 1e200.
bool ExactSum::add_block(std::span<const double> values) {
  constexpr std::size_t lanes = 8;
  double largest = 0.0;
  for (const double v : values) largest = std::abs(v) > largest ? std::abs(v) : largest;
  if (!(largest > 1e-200 && largest < 1e200)) return false;
  // Magnitudes are below 2^(ilogb(largest) + 1), and there are at most 2^8 values. The last bit is a safety
  // margin.
  const int coarse_exponent = std::ilogb(largest) + 1 + 8 + 1;
  const int fine_exponent = coarse_exponent - 53 + 8 + 2;
  const double coarse_shift = std::ldexp(1.5, coarse_exponent);
  const double fine_shift = std::ldexp(1.5, fine_exponent);
  std::array<double, lanes> coarse{};
  std::array<double, lanes> fine{};
  std::array<double, lanes> residual{};
  std::array<double, lanes> padded{};
  for (std::size_t n = 0; n < values.size(); n += lanes) {
    const double* v = values.data() + n;
    if (n + lanes > values.size()) {
      padded = {};
      std::copy(values.begin() + static_cast<std::ptrdiff_t>(n), values.end(), padded.begin());
      v = padded.data();
    }
    for (std::size_t k = 0; k < lanes; ++k) {
      const double coarse_part = (coarse_shift + v[k]) - coarse_shift;
      const double rest = v[k] - coarse_part;
      const double fine_part = (fine_shift + rest) - fine_shift;
      coarse[k] += coarse_part;
      fine[k] += fine_part;
      residual[k] += std::abs(rest - fine_part);
    }
  }
  double coarse_sum = 0.0;
  double fine_sum = 0.0;
  double residual_sum = 0.0;
  for (std::size_t k = 0; k < lanes; ++k) {
    coarse_sum += coarse[k];
    fine_sum += fine[k];
    residual_sum += residual[k];
  }
  if (residual_sum != 0.0) return false;  // also true for NaN
  add(coarse_sum);
  add(fine_sum);
  return true;
}

void ExactSum::add(std::span<const double> values) {
  constexpr std::size_t block = 256;
  for (std::size_t n = 0; n < values.size(); n += block) {
    const auto part = values.subspan(n, std::min(block, values.size() - n));
    if (add_block(part)) continue;
    for (const double v : part) add(v);
  }
}

void ExactSum::propagate_carries() {
  for (std::size_t n = 0; n + 1 < limbs; ++n) {
    words_[n + 1] += words_[n] >> 32;  // arithmetic shift: rounds towards minus infinity
    words_[n] &= limb_mask;
  }
  additions_left_ = max_additions;
}

ExactSum::Words ExactSum::words() const {
  ExactSum copy{*this};
  copy.propagate_carries();
  return copy.words_;
}

ExactSum ExactSum::from_words(const Words& words) {
  ExactSum sum;
  sum.words_ = words;
  sum.propagate_carries();
  return sum;
}

void ExactSum::add(const ExactSum& other) {
  const Words other_words = other.words();
  propagate_carries();
  for (std::size_t n = 0; n < other_words.size(); ++n) words_[n] += other_words[n];
  propagate_carries();
}

double ExactSum::value() const {
  Words w = words();
  if (w[not_a_number] > 0 || (w[plus_infinity] > 0 && w[minus_infinity] > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (w[plus_infinity] > 0) return std::numeric_limits<double>::infinity();
  if (w[minus_infinity] > 0) return -std::numeric_limits<double>::infinity();

  const bool negative = w[limbs - 1] < 0;  // after carry propagation, only the last limb can be negative
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
  // Only the last limb can exceed 32 bits, and only if the sum is far beyond the largest double.
  if (std::bit_width(static_cast<std::uint64_t>(w[top - 1])) > 32) {
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  const auto high_bit = static_cast<std::int64_t>(32 * (top - 1)) +
                        static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(w[top - 1]))) - 1;
  const std::int64_t low_bit = high_bit > 52 ? high_bit - 52 : 0;
  std::uint64_t mantissa = 0;
  for (std::int64_t p = high_bit; p >= low_bit; --p) mantissa = (mantissa << 1) | bit(p);
  if (low_bit > 0 && bit(low_bit - 1) != 0) {
    bool round_up = (mantissa & 1u) != 0;
    for (std::int64_t p = low_bit - 2; p >= 0 && !round_up; --p) round_up = bit(p) != 0;
    if (round_up) ++mantissa;
  }
  const double magnitude = std::ldexp(static_cast<double>(mantissa), static_cast<int>(low_bit) - 1074);
  return negative ? -magnitude : magnitude;
}

}  // namespace tessera::base
