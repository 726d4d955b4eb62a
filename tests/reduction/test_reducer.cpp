// Every rank generates all values but adds only its share, and expects the bits that a single rank would
// compute.
#include "reduction/reducer.h"
#include "support/exact_reference.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <random>
#include <vector>

using namespace tessera;
using reduction::Reducer;

namespace {

using limits = std::numeric_limits<double>;

std::uint64_t bits_of(double v) { return std::bit_cast<std::uint64_t>(v); }

/// Whether this rank adds value `n` of `count`. `distribution`: 0: cyclic; 1: in blocks; 2: all values on the
/// last rank.
bool is_mine(std::size_t n, std::size_t count, int distribution) {
  const auto ranks = static_cast<std::size_t>(world().size());
  const auto rank = static_cast<std::size_t>(world().rank());
  if (distribution == 0) return n % ranks == rank;
  if (distribution == 1) return n * ranks / count == rank;
  return rank == ranks - 1;
}

std::vector<double> ill_conditioned_values(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random{seed};
  std::vector<double> values;
  while (values.size() < count) {
    const auto v = std::bit_cast<double>(random());
    if (!std::isfinite(v)) continue;
    values.push_back(v);
    values.push_back(-v * (1.0 + 0x1p-50));
    if (std::isinf(values.back())) values.back() = -v;
  }
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

}  // namespace

TEST_CASE("sums are exact for any distribution of the values") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const std::vector<double> values = ill_conditioned_values(seed, 20000);
    test::ExactReference reference;
    for (const double v : values) reference.add(v);
    for (int distribution = 0; distribution < 3; ++distribution) {
      Reducer reducer;
      const int sum = reducer.add_sum();
      const int doubled_sum = reducer.add_sum();
      for (std::size_t n = 0; n < values.size(); ++n) {
        if (!is_mine(n, values.size(), distribution)) continue;
        reducer.sum(sum).add(values[n]);
        reducer.sum(doubled_sum).add(values[n]);
        reducer.sum(doubled_sum).add(values[n]);
      }
      reducer.reduce(world());
      CHECK(bits_of(reducer.sum_result(sum)) == bits_of(reference.value()));
      CHECK(reducer.sum_result(doubled_sum) == 2 * reducer.sum_result(sum));
    }
  }
}

TEST_CASE("a sum is exact if values cancel across ranks") {
  Reducer reducer;
  const int sum = reducer.add_sum();
  const double big = world().rank() % 2 == 0 ? 1e300 : -1e300;
  reducer.sum(sum).add(big);
  reducer.sum(sum).add(-big);
  if (world().rank() == world().size() - 1) reducer.sum(sum).add(limits::denorm_min());
  reducer.reduce(world());
  CHECK(reducer.sum_result(sum) == limits::denorm_min());
}

TEST_CASE("infinities and NaN propagate to sums") {
  const bool last = world().rank() == world().size() - 1;
  Reducer reducer;
  const int plus = reducer.add_sum();
  const int both = reducer.add_sum();
  const int nan = reducer.add_sum();
  reducer.sum(plus).add(-limits::max());
  if (last) {
    reducer.sum(plus).add(limits::infinity());
    reducer.sum(both).add(-limits::infinity());
    reducer.sum(nan).add(limits::quiet_NaN());
  }
  if (world().is_root()) reducer.sum(both).add(limits::infinity());
  reducer.reduce(world());
  CHECK(reducer.sum_result(plus) == limits::infinity());
  CHECK(std::isnan(reducer.sum_result(both)));
  CHECK(std::isnan(reducer.sum_result(nan)));
}

TEST_CASE("minima and maxima are taken over all ranks, and are NaN if any value is NaN") {
  const std::vector<double> values = ill_conditioned_values(7, 3000);
  Reducer reducer;
  const int minimum = reducer.add_minimum();
  const int maximum = reducer.add_maximum();
  const int nan_minimum = reducer.add_minimum();
  const int nan_maximum = reducer.add_maximum();
  const int empty_minimum = reducer.add_minimum();
  const int empty_maximum = reducer.add_maximum();
  for (std::size_t n = 0; n < values.size(); ++n) {
    if (!is_mine(n, values.size(), 0)) continue;
    reducer.include_minimum(minimum, values[n]);
    reducer.include_maximum(maximum, values[n]);
    reducer.include_minimum(nan_minimum, values[n]);
    reducer.include_maximum(nan_maximum, values[n]);
  }
  if (world().rank() == world().size() - 1) {
    reducer.include_minimum(nan_minimum, limits::quiet_NaN());
    reducer.include_maximum(nan_maximum, -limits::quiet_NaN());
    reducer.include_minimum(nan_minimum, -limits::infinity());
    reducer.include_maximum(nan_maximum, limits::infinity());
  }
  reducer.reduce(world());
  CHECK(reducer.minimum_result(minimum) == *std::min_element(values.begin(), values.end()));
  CHECK(reducer.maximum_result(maximum) == *std::max_element(values.begin(), values.end()));
  CHECK(std::isnan(reducer.minimum_result(nan_minimum)));
  CHECK(std::isnan(reducer.maximum_result(nan_maximum)));
  CHECK_FALSE(std::signbit(reducer.maximum_result(nan_maximum)));  // because the sign would be printed
  CHECK(reducer.minimum_result(empty_minimum) == limits::infinity());
  CHECK(reducer.maximum_result(empty_maximum) == -limits::infinity());
}

TEST_CASE("a reduction clears the accumulators") {
  Reducer reducer;
  const int sum = reducer.add_sum();
  const int minimum = reducer.add_minimum();
  const int maximum = reducer.add_maximum();
  for (int round = 1; round < 4; ++round) {
    reducer.sum(sum).add(round);
    reducer.include_minimum(minimum, 10.0 * round);
    reducer.include_maximum(maximum, -10.0 * round);
    reducer.reduce(world());
    CHECK(reducer.sum_result(sum) == round * world().size());
    CHECK(reducer.minimum_result(minimum) == 10.0 * round);
    CHECK(reducer.maximum_result(maximum) == -10.0 * round);
  }
  Reducer empty;
  empty.reduce(world());
}

TEST_CASE("allreduce_min() returns the minimum over all ranks, or NaN if any value is NaN") {
  CHECK(reduction::allreduce_min(world(), 3.0 + world().rank()) == 3.0);
  CHECK(reduction::allreduce_min(world(), -1.0 * world().rank()) == 1.0 - world().size());
  CHECK(std::isnan(
      reduction::allreduce_min(world(), world().is_root() ? limits::quiet_NaN() : -limits::infinity())));
  CHECK(reduction::allreduce_min(world(), limits::infinity()) == limits::infinity());
}

TEST_CASE("keys have the same order as the numbers") {
  std::vector<double> values = ill_conditioned_values(9, 4000);
  for (const double v : {0.0, limits::infinity(), -limits::infinity(), limits::denorm_min(),
                         -limits::denorm_min(), limits::max(), limits::lowest()}) {
    values.push_back(v);
  }
  std::sort(values.begin(), values.end());
  for (std::size_t n = 0; n < values.size(); ++n) {
    const std::int64_t key = reduction::ordered_key(values[n]);
    if (bits_of(reduction::value_of_key(key)) != bits_of(values[n]))
      FAIL("the key is converted to another number");
    if (n > 0 && values[n - 1] < values[n] && reduction::ordered_key(values[n - 1]) >= key)
      FAIL("the keys are out of order");
  }
  CHECK(reduction::ordered_key(-0.0) < reduction::ordered_key(0.0));
  for (const double nan : {limits::quiet_NaN(), -limits::quiet_NaN(), limits::signaling_NaN()}) {
    CHECK(reduction::ordered_key(nan) < reduction::ordered_key(-limits::infinity()));
    CHECK(std::isnan(reduction::value_of_key(reduction::ordered_key(nan))));
  }
}
