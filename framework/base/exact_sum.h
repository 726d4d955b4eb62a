// Exact sums of doubles.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace tessera::base {

/// The exact sum of any number of doubles. It is rounded only once, at the end, and hence does not depend on
/// the order or grouping of the additions. This is the small superaccumulator of Neal (2015), "Fast exact
/// summation using small and large superaccumulators", arXiv:1505.05571, section 3: a fixed-point number that
/// covers the whole range of double. It has 67 limbs of 32 bits, each stored in 64 bits so that carry
/// propagation can be deferred.
class ExactSum {
 public:
  static constexpr std::size_t limbs = 67;
  /// The limbs, followed by the numbers of positive infinities, negative infinities and NaNs added so far.
  using Words = std::array<std::int64_t, limbs + 3>;

  void add(double value) {
    std::uint64_t bits;
    static_assert(sizeof bits == sizeof value);
    __builtin_memcpy(&bits, &value, sizeof bits);
    const auto exponent = static_cast<unsigned>(bits >> 52) & 0x7ffu;
    std::uint64_t mantissa = bits & 0xfffffffffffffu;
    if (exponent == 0x7ff) {
      add_special(value);
      return;
    }
    unsigned position = 0;  // the mantissa's last bit has weight 2^(position - 1074)
    if (exponent != 0) {
      mantissa |= std::uint64_t{1} << 52;
      position = exponent - 1;
    }
    const unsigned limb = position >> 5;
    const unsigned shift = position & 31u;
    const auto low = static_cast<std::int64_t>((mantissa << shift) & 0xffffffffu);
    const auto high = static_cast<std::int64_t>(mantissa >> (32 - shift));
    if ((bits >> 63) != 0) {
      words_[limb] -= low;
      words_[limb + 1] -= high;
    } else {
      words_[limb] += low;
      words_[limb + 1] += high;
    }
    if (--additions_left_ == 0) propagate_carries();
  }

  /// Adds all `values`. If their magnitudes are similar, this is several times faster than adding them one by
  /// one.
  void add(std::span<const double> values);

  void add(const ExactSum& other);

  /// The sum, rounded to nearest, ties to even. NaN if a NaN or infinities of both signs were added.
  double value() const;

  /// The sum as integers. Adding the words of up to 2^30 accumulators element by element gives the words of
  /// the total sum.
  Words words() const;
  /// Restores a sum from its words, or the total of several sums from the elementwise sum of their words.
  static ExactSum from_words(const Words& words);

 private:
  void add_special(double value);
  bool add_block(std::span<const double> values);
  void propagate_carries();

  // An addition changes a limb by less than 2^52, so 1000 additions cannot overflow it if carries have been
  // propagated before.
  static constexpr int max_additions = 1000;  // between carry propagations
  Words words_{};
  int additions_left_ = max_additions;
};

}  // namespace tessera::base
