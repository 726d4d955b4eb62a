#include "base/exact_sum.h"
#include "support/exact_reference.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

using tessera::base::ExactSum;
using tessera::test::ExactReference;

namespace {

using limits = std::numeric_limits<double>;

double sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

double reference_of(const std::vector<double>& values) {
  ExactReference sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

void check_same(const std::vector<double>& values) {
  CHECK(std::bit_cast<std::uint64_t>(sum_of(values)) == std::bit_cast<std::uint64_t>(reference_of(values)));
}

/// Random bit patterns: every exponent is as likely as any other.
std::vector<double> random_patterns(std::size_t count, std::uint64_t seed, bool finite) {
  std::mt19937_64 random{seed};
  std::vector<double> values;
  while (values.size() < count) {
    const auto v = std::bit_cast<double>(random());
    if (!finite || std::isfinite(v)) values.push_back(v);
  }
  return values;
}

}  // namespace

TEST_CASE("the sum of nothing, of zeros and of one number") {
  CHECK(std::bit_cast<std::uint64_t>(sum_of({})) == 0);
  CHECK(std::bit_cast<std::uint64_t>(sum_of({-0.0, -0.0})) == 0);
  for (const double v : random_patterns(20000, 1, true)) {
    if (v != 0.0 && sum_of({v}) != v) FAIL("a number alone: " << v);
  }
  for (const double v :
       {limits::denorm_min(), -limits::denorm_min(), limits::min(), limits::max(), -limits::max()}) {
    CHECK(sum_of({v}) == v);
  }
}

TEST_CASE("ties go to even, and the smallest rest breaks them") {
  const double half = 0x1p-53;
  CHECK(sum_of({1.0, half}) == 1.0);
  CHECK(sum_of({1.0 + 2 * half, half}) == 1.0 + 4 * half);
  CHECK(sum_of({1.0, half, limits::denorm_min()}) == 1.0 + 2 * half);
  CHECK(sum_of({1.0, half, -limits::denorm_min()}) == 1.0);
  CHECK(sum_of({-1.0, -half, -limits::denorm_min()}) == -1.0 - 2 * half);
  CHECK(sum_of({-1.0, -half}) == -1.0);
  // A carry out of the mantissa.
  CHECK(sum_of({2.0 - 2 * half, half}) == 2.0);
}

TEST_CASE("sums beyond the largest double are infinite, but only the final sum counts") {
  const double top = limits::max();
  CHECK(sum_of({top, 0x1p969}) == top);
  CHECK(sum_of({top, 0x1p970}) == limits::infinity());
  CHECK(sum_of({top, 0x1p970, -limits::denorm_min()}) == top);
  CHECK(sum_of({-top, -0x1p970}) == -limits::infinity());
  CHECK(sum_of({top, top, top, -top, -top, 1.0, -top}) == 1.0);
  ExactSum many;
  for (int n = 0; n < 100000; ++n) many.add(top);
  CHECK(many.value() == limits::infinity());
  for (int n = 0; n < 100000; ++n) many.add(-top);
  many.add(-3.0);
  CHECK(many.value() == -3.0);
}

TEST_CASE("infinities and NaN") {
  const double inf = limits::infinity();
  CHECK(sum_of({1.0, inf, -limits::max()}) == inf);
  CHECK(sum_of({-inf, limits::max(), limits::max()}) == -inf);
  CHECK(std::isnan(sum_of({inf, -inf})));
  CHECK(std::isnan(sum_of({1.0, limits::quiet_NaN(), inf})));
  CHECK(std::isnan(sum_of({-limits::quiet_NaN()})));
}

TEST_CASE("subnormals add up exactly") {
  std::vector<double> values(3000, limits::denorm_min());
  CHECK(sum_of(values) == 3000 * limits::denorm_min());
  values.assign(5001, -0x1.8p-1060);
  check_same(values);
  check_same({limits::min(), -limits::denorm_min()});
  check_same({limits::min() - limits::denorm_min(), limits::denorm_min()});
}

TEST_CASE("ill-conditioned sums are correctly rounded") {
  std::mt19937_64 random{5};
  std::uniform_real_distribution<double> mantissa{-1.0, 1.0};
  for (const int spread : {10, 60, 300, 900}) {
    std::uniform_int_distribution<int> exponent{-spread, spread};
    std::vector<double> values;
    for (int n = 0; n < 2500; ++n) values.push_back(std::ldexp(mantissa(random), exponent(random)));
    // Every number cancels another but for a small one each.
    const std::size_t count = values.size();
    for (std::size_t n = 0; n < count; ++n) values.push_back(-values[n] * (1.0 + 0x1p-52 * mantissa(random)));
    std::shuffle(values.begin(), values.end(), random);
    CAPTURE(spread);
    check_same(values);
  }
  check_same({1e16, 1.0, -1e16, 1e-300, -1.0});
  CHECK(sum_of({1e308, 1.0, 1e-308, -1e308, -1.0}) == 1e-308);
}

TEST_CASE("few numbers of near exponents: every rounding case") {
  std::mt19937_64 random{11};
  std::uniform_int_distribution<int> shift{0, 110};
  std::uniform_int_distribution<int> small{-4, 4};
  for (int n = 0; n < 20000; ++n) {
    const double base = std::ldexp(1.0, -shift(random));
    const std::vector<double> values{1.0 + small(random) * 0x1p-52, small(random) * base,
                                     small(random) * std::ldexp(base, -shift(random))};
    if (sum_of(values) != reference_of(values)) {
      FAIL(values[0] << " + " << values[1] << " + " << values[2]);
    }
  }
}

TEST_CASE("a million random bit patterns") {
  check_same(random_patterns(1000000, 2, true));
  CHECK(std::isnan(sum_of(random_patterns(1000000, 2, false))));
}

TEST_CASE("any grouping gives the same words after a carry, and the same value") {
  const std::vector<double> values = random_patterns(4001, 3, true);
  ExactSum whole;
  for (const double v : values) whole.add(v);
  for (const std::size_t group : {1u, 7u, 999u, 1000u, 1001u, 2500u}) {
    ExactSum::Words total{};
    ExactSum merged;
    for (std::size_t first = 0; first < values.size(); first += group) {
      ExactSum part;
      for (std::size_t n = first; n < std::min(values.size(), first + group); ++n) part.add(values[n]);
      const auto words = part.words();
      for (std::size_t n = 0; n < words.size(); ++n) total[n] += words[n];
      merged.add(part);
    }
    CHECK(ExactSum::from_words(total).words() == whole.words());
    CHECK(merged.words() == whole.words());
    CHECK(merged.value() == whole.value());
  }
}

TEST_CASE("additions go on after words, value and merges") {
  ExactSum sum;
  ExactReference reference;
  std::mt19937_64 random{7};
  for (int n = 0; n < 6000; ++n) {
    const double v = std::ldexp(1.0 + static_cast<double>(n), static_cast<int>(random() % 2000) - 1050);
    sum.add(v);
    reference.add(v);
    if (n % 997 == 0) {
      ExactSum other;
      other.add(-3 * v);
      reference.add(-3 * v);
      sum.add(other);
      sum = ExactSum::from_words(sum.words());
      CHECK(sum.value() == reference.value());
    }
  }
  CHECK(sum.value() == reference.value());
}

TEST_CASE("adding many at once gives what adding one by one gives") {
  std::mt19937_64 random{7};
  std::vector<double> values;
  const auto one_by_one = [&] {
    ExactSum sum;
    for (const double v : values) sum.add(v);
    return sum;
  };
  const auto at_once = [&] {
    ExactSum sum;
    sum.add(std::span<const double>{values});
    return sum;
  };
  const auto same = [&] { return at_once().words() == one_by_one().words(); };

  SECTION("alike, of both signs, any count") {
    std::uniform_real_distribution<double> uniform{-3.0, 300.0};
    for (const std::size_t count : {0u, 1u, 7u, 8u, 9u, 255u, 256u, 257u, 5000u}) {
      values.resize(count);
      for (double& v : values) v = uniform(random);
      CHECK(same());
    }
  }
  SECTION("of all magnitudes") {
    for (int round = 0; round < 50; ++round) {
      values.resize(700);
      std::uniform_int_distribution<int> exponent{-20 * round, 20 * round};
      for (double& v : values) v = std::ldexp(static_cast<double>(random() >> 11), exponent(random));
      CHECK(same());
    }
  }
  SECTION("the largest a block can hold, ties and cancellation") {
    values.assign(256, std::nextafter(2.0, 0.0));
    CHECK(same());
    for (std::size_t n = 0; n < values.size(); n += 2) values[n] = -values[n];
    CHECK(same());
    values.assign(256, 0x1.0000000000001p0);
    values[17] = 0x1.8p-53;
    values[99] = 0x1p-90;
    CHECK(same());
  }
  SECTION("zeros, subnormals, infinities and NaN") {
    values.assign(300, 0.0);
    CHECK(same());
    values[3] = 5e-324;
    CHECK(same());
    values[200] = std::numeric_limits<double>::infinity();
    CHECK(same());
    CHECK(at_once().value() == std::numeric_limits<double>::infinity());
    values[201] = std::numeric_limits<double>::quiet_NaN();
    CHECK(same());
    CHECK(std::isnan(at_once().value()));
    values.assign(10, 1.0);
    values[4] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(at_once().value()));
  }
}
