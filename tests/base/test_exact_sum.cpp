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

double exact_sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

double reference_sum_of(const std::vector<double>& values) {
  ExactReference sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

void check_against_reference(const std::vector<double>& values) {
  CHECK(std::bit_cast<std::uint64_t>(exact_sum_of(values)) ==
        std::bit_cast<std::uint64_t>(reference_sum_of(values)));
}

/// Doubles with random bits, so that all exponents are equally likely.
std::vector<double> random_patterns(std::size_t count, std::uint64_t seed, bool finite_only) {
  std::mt19937_64 random{seed};
  std::vector<double> values;
  while (values.size() < count) {
    const auto v = std::bit_cast<double>(random());
    if (!finite_only || std::isfinite(v)) values.push_back(v);
  }
  return values;
}

}  // namespace

TEST_CASE("an empty sum and a sum of zeros are +0, and the sum of one value is that value") {
  CHECK(std::bit_cast<std::uint64_t>(exact_sum_of({})) == 0);
  CHECK(std::bit_cast<std::uint64_t>(exact_sum_of({-0.0, -0.0})) == 0);
  for (const double v : random_patterns(20000, 1, true)) {
    if (v != 0.0 && exact_sum_of({v}) != v) FAIL("the sum of one value differs from it: " << v);
  }
  for (const double v :
       {limits::denorm_min(), -limits::denorm_min(), limits::min(), limits::max(), -limits::max()}) {
    CHECK(exact_sum_of({v}) == v);
  }
}

TEST_CASE("ties are rounded to even, and the smallest remainder breaks a tie") {
  const double half = 0x1p-53;
  CHECK(exact_sum_of({1.0, half}) == 1.0);
  CHECK(exact_sum_of({1.0 + 2 * half, half}) == 1.0 + 4 * half);
  CHECK(exact_sum_of({1.0, half, limits::denorm_min()}) == 1.0 + 2 * half);
  CHECK(exact_sum_of({1.0, half, -limits::denorm_min()}) == 1.0);
  CHECK(exact_sum_of({-1.0, -half, -limits::denorm_min()}) == -1.0 - 2 * half);
  CHECK(exact_sum_of({-1.0, -half}) == -1.0);
  // Rounding carries out of the mantissa.
  CHECK(exact_sum_of({2.0 - 2 * half, half}) == 2.0);
}

TEST_CASE("only the final sum overflows to infinity, partial sums do not") {
  const double top = limits::max();
  CHECK(exact_sum_of({top, 0x1p969}) == top);
  CHECK(exact_sum_of({top, 0x1p970}) == limits::infinity());
  CHECK(exact_sum_of({top, 0x1p970, -limits::denorm_min()}) == top);
  CHECK(exact_sum_of({-top, -0x1p970}) == -limits::infinity());
  CHECK(exact_sum_of({top, top, top, -top, -top, 1.0, -top}) == 1.0);
  ExactSum many;
  for (int n = 0; n < 100000; ++n) many.add(top);
  CHECK(many.value() == limits::infinity());
  for (int n = 0; n < 100000; ++n) many.add(-top);
  many.add(-3.0);
  CHECK(many.value() == -3.0);
}

TEST_CASE("infinities and NaN propagate to the sum") {
  const double inf = limits::infinity();
  CHECK(exact_sum_of({1.0, inf, -limits::max()}) == inf);
  CHECK(exact_sum_of({-inf, limits::max(), limits::max()}) == -inf);
  CHECK(std::isnan(exact_sum_of({inf, -inf})));
  CHECK(std::isnan(exact_sum_of({1.0, limits::quiet_NaN(), inf})));
  CHECK(std::isnan(exact_sum_of({-limits::quiet_NaN()})));
}

TEST_CASE("subnormals are summed exactly") {
  std::vector<double> values(3000, limits::denorm_min());
  CHECK(exact_sum_of(values) == 3000 * limits::denorm_min());
  values.assign(5001, -0x1.8p-1060);
  check_against_reference(values);
  check_against_reference({limits::min(), -limits::denorm_min()});
  check_against_reference({limits::min() - limits::denorm_min(), limits::denorm_min()});
}

TEST_CASE("ill-conditioned sums are correctly rounded") {
  std::mt19937_64 random{5};
  std::uniform_real_distribution<double> mantissa{-1.0, 1.0};
  for (const int spread : {10, 60, 300, 900}) {
    std::uniform_int_distribution<int> exponent{-spread, spread};
    std::vector<double> values;
    for (int n = 0; n < 2500; ++n) values.push_back(std::ldexp(mantissa(random), exponent(random)));
    // Each value cancels another one, except for a small remainder.
    const std::size_t count = values.size();
    for (std::size_t n = 0; n < count; ++n) values.push_back(-values[n] * (1.0 + 0x1p-52 * mantissa(random)));
    std::shuffle(values.begin(), values.end(), random);
    CAPTURE(spread);
    check_against_reference(values);
  }
  check_against_reference({1e16, 1.0, -1e16, 1e-300, -1.0});
  CHECK(exact_sum_of({1e308, 1.0, 1e-308, -1e308, -1.0}) == 1e-308);
}

TEST_CASE("sums of three values are correctly rounded") {
  std::mt19937_64 random{11};
  std::uniform_int_distribution<int> shift{0, 110};
  std::uniform_int_distribution<int> small{-4, 4};
  for (int n = 0; n < 20000; ++n) {
    const double base = std::ldexp(1.0, -shift(random));
    const std::vector<double> values{1.0 + small(random) * 0x1p-52, small(random) * base,
                                     small(random) * std::ldexp(base, -shift(random))};
    if (exact_sum_of(values) != reference_sum_of(values)) {
      FAIL(values[0] << " + " << values[1] << " + " << values[2]);
    }
  }
}

TEST_CASE("the sum of a million random bit patterns is correctly rounded") {
  check_against_reference(random_patterns(1000000, 2, true));
  CHECK(std::isnan(exact_sum_of(random_patterns(1000000, 2, false))));
}

TEST_CASE("the words and the value do not depend on the grouping of the values") {
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

TEST_CASE("values can be added after words(), value() and a merge") {
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

TEST_CASE("adding a span is equivalent to adding its values one by one") {
  std::mt19937_64 random{7};
  std::vector<double> values;
  const auto sum_one_by_one = [&] {
    ExactSum sum;
    for (const double v : values) sum.add(v);
    return sum;
  };
  const auto sum_as_span = [&] {
    ExactSum sum;
    sum.add(std::span<const double>{values});
    return sum;
  };
  const auto is_equivalent = [&] { return sum_as_span().words() == sum_one_by_one().words(); };

  SECTION("values of similar magnitude and both signs, in any number") {
    std::uniform_real_distribution<double> uniform{-3.0, 300.0};
    for (const std::size_t count : {0u, 1u, 7u, 8u, 9u, 255u, 256u, 257u, 5000u}) {
      values.resize(count);
      for (double& v : values) v = uniform(random);
      CHECK(is_equivalent());
    }
  }
  SECTION("values of all magnitudes") {
    for (int round = 0; round < 50; ++round) {
      values.resize(700);
      std::uniform_int_distribution<int> exponent{-20 * round, 20 * round};
      for (double& v : values) v = std::ldexp(static_cast<double>(random() >> 11), exponent(random));
      CHECK(is_equivalent());
    }
  }
  SECTION("full blocks of large values, cancellation and ties") {
    values.assign(256, std::nextafter(2.0, 0.0));
    CHECK(is_equivalent());
    for (std::size_t n = 0; n < values.size(); n += 2) values[n] = -values[n];
    CHECK(is_equivalent());
    values.assign(256, 0x1.0000000000001p0);
    values[17] = 0x1.8p-53;
    values[99] = 0x1p-90;
    CHECK(is_equivalent());
  }
  SECTION("zeros, subnormals, infinities and NaN") {
    values.assign(300, 0.0);
    CHECK(is_equivalent());
    values[3] = 5e-324;
    CHECK(is_equivalent());
    values[200] = std::numeric_limits<double>::infinity();
    CHECK(is_equivalent());
    CHECK(sum_as_span().value() == std::numeric_limits<double>::infinity());
    values[201] = std::numeric_limits<double>::quiet_NaN();
    CHECK(is_equivalent());
    CHECK(std::isnan(sum_as_span().value()));
    values.assign(10, 1.0);
    values[4] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(sum_as_span().value()));
  }
}
