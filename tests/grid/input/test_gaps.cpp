#include "grid/input/gaps.h"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using tessera::input::fill_gaps;
using tessera::input::GapFill;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();

/// Compares all nodes with each other.
std::vector<double> filled_by_brute_force(const std::vector<double>& values,
                                          const std::array<std::size_t, 3>& n) {
  std::vector<double> out = values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < values.size(); ++j) {
      if (std::isnan(values[j])) continue;
      const double dx = static_cast<double>(i % n[0]) - static_cast<double>(j % n[0]);
      const double dy = static_cast<double>(i / n[0] % n[1]) - static_cast<double>(j / n[0] % n[1]);
      const double dz = static_cast<double>(i / n[0] / n[1]) - static_cast<double>(j / n[0] / n[1]);
      const double distance = dx * dx + dy * dy + dz * dz;
      if (distance < nearest) {
        nearest = distance;
        out[i] = values[j];
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("gaps are filled with a value") {
  std::vector<double> values{1, gap, 3, gap};
  CHECK(fill_gaps(values, {4, 1, 1}, {false, -7.5}) == 2);
  CHECK(values == std::vector<double>{1, -7.5, 3, -7.5});
}

TEST_CASE("gaps are filled with the nearest value, of several the first") {
  std::vector<double> values{1, gap, 3, gap, gap, gap};
  CHECK(fill_gaps(values, {6, 1, 1}, {true, 0.0}) == 4);
  CHECK(values == std::vector<double>{1, 1, 3, 3, 3, 3});
}

TEST_CASE("nearest values are those of a search of all nodes") {
  std::mt19937 rng{7};
  for (const std::array<std::size_t, 3> n :
       {std::array<std::size_t, 3>{17, 11, 1}, {6, 7, 5}, {1, 1, 9}, {40, 1, 1}}) {
    for (const unsigned percent : {0U, 3U, 30U, 95U}) {
      std::vector<double> values(n[0] * n[1] * n[2]);
      for (double& value : values) value = rng() % 100 < percent ? static_cast<double>(rng() % 1000) : gap;
      values[rng() % values.size()] = -1.0;
      const std::vector<double> expected = filled_by_brute_force(values, n);
      fill_gaps(values, n, {true, 0.0});
      CHECK(values == expected);
    }
  }
}

TEST_CASE("large gaps are filled in a short time") {
  // If the time grew with the square of the width of the gap, this would take very long.
  constexpr std::array<std::size_t, 3> n{5, 50000, 1};
  std::vector<double> values(n[0] * n[1], gap);
  values[2] = 7.0;
  values[4] = 8.0;
  CHECK(fill_gaps(values, n, {true, 0.0}) == values.size() - 2);
  CHECK(values[values.size() - 5] == 7.0);
  CHECK(values[values.size() - 2] == 7.0);
  CHECK(values[values.size() - 1] == 8.0);
}
