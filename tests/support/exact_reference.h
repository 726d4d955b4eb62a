// Exact sums of doubles, computed with integers of arbitrary size: a reference for exact summation.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <cmath>
#include <limits>

namespace tessera::test {

/// A sum in units of 2^-1074. Every finite double is an integer multiple of this unit.
class ExactReference {
 public:
  using Integer = boost::multiprecision::cpp_int;

  void add(double v) {
    if (std::isnan(v)) {
      nan_ = true;
    } else if (std::isinf(v)) {
      (v > 0 ? plus_ : minus_) = true;
    } else if (v != 0.0) {
      int exponent = 0;
      const double fraction = std::frexp(v, &exponent);
      const Integer mantissa{static_cast<long long>(std::ldexp(std::abs(fraction), 53))};
      const int shift = exponent - 53 + 1074;
      const Integer magnitude{shift >= 0 ? Integer{mantissa << shift} : Integer{mantissa >> -shift}};
      if (v > 0) {
        sum_ += magnitude;
      } else {
        sum_ -= magnitude;
      }
    }
  }

  /// Returns the sum, rounded to nearest, ties to even.
  double value() const {
    using limits = std::numeric_limits<double>;
    if (nan_ || (plus_ && minus_)) return limits::quiet_NaN();
    if (plus_ || minus_) return plus_ ? limits::infinity() : -limits::infinity();
    if (sum_ == 0) return 0.0;
    const Integer magnitude = abs(sum_);
    const int bits = static_cast<int>(msb(magnitude)) + 1;
    const int drop = bits > 53 ? bits - 53 : 0;
    Integer kept = magnitude >> drop;
    if (drop > 0) {
      const Integer twice_rest = (magnitude - (kept << drop)) * 2;
      const Integer one = Integer{1} << drop;
      if (twice_rest > one || (twice_rest == one && bit_test(kept, 0))) kept += 1;
    }
    const double rounded = std::ldexp(static_cast<double>(static_cast<long long>(kept)), drop - 1074);
    return sum_ < 0 ? -rounded : rounded;
  }

 private:
  Integer sum_ = 0;
  bool nan_ = false;
  bool plus_ = false;
  bool minus_ = false;
};

}  // namespace tessera::test
