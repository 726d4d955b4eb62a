// Reproducible pseudo-random numbers, identical in all programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace property {

/// Returns a pseudo-random number that depends on both arguments (splitmix64).
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9e3779b97f4a7c15u * (b + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// Converts random bits to a number in [0, 1).
constexpr double unit_interval(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// Converts random bits to a multiple of 1/16 from -1 to 1.
constexpr double sixteenths(std::uint64_t bits) { return (static_cast<double>(bits % 33) - 16.0) / 16.0; }

/// A sequence of pseudo-random numbers, determined by a seed and a stream number.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : key_{mix(seed, stream)} {}

  std::uint64_t next() { return mix(key_, count_++); }
  /// Returns a number from 0 to n - 1.
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  /// Returns a number from `min` to `max`, inclusive.
  int between(int min, int max) { return min + below(max - min + 1); }
  /// Returns true with a probability of `percent` per cent.
  bool chance(int percent) { return below(100) < percent; }
  /// Returns one of `values`.
  template <class T>
  T pick(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(values.size())))];
  }

 private:
  std::uint64_t key_;
  std::uint64_t count_ = 0;
};

}  // namespace property
