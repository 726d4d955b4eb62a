#include "base/error.h"
#include "grid/input/data_sets.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

using namespace tessera;
using input::DataSets;
using input::GridData;
using input::GridSource;

namespace {

using Random = std::mt19937;

double random_between(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>{low, high}(random);
}

/// A grid of random nodes and values.
GridData random_grid(Random& random, const std::vector<std::size_t>& nodes) {
  std::vector<std::vector<double>> axes;
  std::size_t count = 1;
  for (const std::size_t n : nodes) {
    std::vector<double> axis{random_between(random, -1.0, 1.0)};
    while (axis.size() < n) axis.push_back(axis.back() + random_between(random, 0.1, 1.0));
    axes.push_back(axis);
    count *= n;
  }
  std::vector<double> values(count);
  for (double& v : values) v = random_between(random, -100.0, 100.0);
  return {axes, values};
}

/// The range that at() accepts along an axis: up to one cell beyond the outermost nodes.
std::array<double, 2> covered_range(const GridData& grid, int axis) {
  const auto x = grid.axis(axis);
  return {x[0] - (x[1] - x[0]), x.back() + (x.back() - x[x.size() - 2])};
}

/// Crops a grid to a random box, and compares both grids at random points, at nodes and at the ends of the
/// box.
void check_crop(Random& random, const GridData& whole) {
  const auto d = static_cast<std::size_t>(whole.dimensions());
  std::array<double, 3> lower{};
  std::array<double, 3> upper{};
  for (std::size_t a = 0; a < d; ++a) {
    const auto [low, high] = covered_range(whole, static_cast<int>(a));
    lower[a] = random() % 4 == 0 ? low : random_between(random, low, high);
    upper[a] = random() % 4 == 0 ? high : random_between(random, lower[a], high);
    if (random() % 8 == 0) upper[a] = lower[a];
  }
  const GridData part = whole.crop({lower.data(), d}, {upper.data(), d});
  REQUIRE(part.covers({lower.data(), d}, {upper.data(), d}));
  for (int n = 0; n < 40; ++n) {
    std::array<double, 3> point{};
    for (std::size_t a = 0; a < d; ++a) {
      const auto axis = whole.axis(static_cast<int>(a));
      const double node = axis[random() % axis.size()];
      const bool inside = node >= lower[a] && node <= upper[a];
      const std::array<double, 4> choices{lower[a], upper[a], random_between(random, lower[a], upper[a]),
                                          inside ? node : lower[a]};
      point[a] = choices[random() % choices.size()];
    }
    REQUIRE(part.at({point.data(), d}) == whole.at({point.data(), d}));
  }
}

const GridSource source{"a.h5", "v", {}};

GridData constant_grid(double value) { return {{{0.0, 1.0}}, {value, value}}; }

}  // namespace

TEST_CASE("a cropped grid gives the same bits as the whole grid") {
  Random random{17};
  for (int round = 0; round < 200; ++round) {
    check_crop(random, random_grid(random, {2 + random() % 9}));
    check_crop(random, random_grid(random, {2 + random() % 9, 2 + random() % 5}));
    check_crop(random, random_grid(random, {2 + random() % 5, 2 + random() % 5, 2 + random() % 5}));
  }
}

TEST_CASE("a cropped grid keeps the nodes around the box and one more on each side") {
  const GridData whole{
      {{0, 1, 2, 3, 4, 5, 6, 7}, {0, 10, 20}},
      {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 24, 25, 26, 27}};
  const std::array lower{3.5, -9.0};
  const std::array upper{4.5, 0.0};
  const GridData part = whole.crop(lower, upper);
  CHECK(std::vector<double>(part.axis(0).begin(), part.axis(0).end()) == std::vector<double>{2, 3, 4, 5, 6});
  CHECK(std::vector<double>(part.axis(1).begin(), part.axis(1).end()) == std::vector<double>{0, 10, 20});
  CHECK(std::vector<double>(part.values().begin(), part.values().end()) ==
        std::vector<double>{2, 3, 4, 5, 6, 12, 13, 14, 15, 16, 22, 23, 24, 25, 26});
  CHECK(std::ranges::min(part.values()) == 2);
  CHECK(std::ranges::max(part.values()) == 26);
}

TEST_CASE("a data set is read once until it is dropped") {
  std::vector<std::string> reads;
  DataSets sets{[&](const GridSource& s, int dimensions, const auto&) {
    reads.push_back(s.path + " " + s.dataset + " " + std::to_string(dimensions));
    return constant_grid(static_cast<double>(reads.size()));
  }};
  const auto first = sets.get(source, 1);
  CHECK(sets.get(source, 1) == first);
  CHECK(sets.get({"a.h5", "w", {}}, 1) != first);
  CHECK(sets.get({"a.h5", "v", {"x"}}, 1) != first);
  DataSets copy = sets;
  CHECK(copy.get(source, 1) == first);
  sets.drop(source, 1);
  CHECK(std::ranges::min(sets.get(source, 1)->values()) == 4.0);
  CHECK(std::ranges::min(copy.get(source, 1)->values()) == 1.0);
  CHECK(reads == std::vector<std::string>{"a.h5 v 1", "a.h5 w 1", "a.h5 v 1", "a.h5 v 1"});
}

TEST_CASE("reading a data set is retried after a failure") {
  int reads = 0;
  DataSets sets{[&](const GridSource&, int, const auto&) {
    if (++reads == 1) throw base::Error(base::ExitCode::no_input, "no such file");
    return constant_grid(1.0);
  }};
  CHECK_THROWS_AS(sets.get(source, 1), base::Error);
  CHECK(sets.empty());
  CHECK(std::ranges::min(sets.get(source, 1)->values()) == 1.0);
}
