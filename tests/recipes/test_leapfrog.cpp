// Compares the recipe for the leapfrog method with solutions of the difference equations and of the wave
// equation.
#include "recipe.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>
#include <vector>

namespace {

constexpr double pi = std::numbers::pi;

/// The phase by which a wave of the difference equations advances in a step, from its dispersion relation
/// sin(phase/2) = courant sin(theta/2), where `theta` is its phase per cell.
double phase_per_step(double courant, double theta) {
  return 2.0 * std::asin(courant * std::sin(0.5 * theta));
}

/// The energy of the difference equations, which a step of the leapfrog method does not change, for two
/// successive levels on a periodic grid of n x n cells of the length 1/n and a speed of 1.
double energy(const std::vector<double>& now, const std::vector<double>& before, int n, double dt) {
  const auto at = [n](const std::vector<double>& u, int i, int j) {
    return u[static_cast<std::size_t>(i % n + n * (j % n))];
  };
  double sum = 0.0;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const double rate = (at(now, i, j) - at(before, i, j)) / dt;
      const double x = (at(now, i + 1, j) - at(now, i, j)) * (at(before, i + 1, j) - at(before, i, j));
      const double y = (at(now, i, j + 1) - at(now, i, j)) * (at(before, i, j + 1) - at(before, i, j));
      sum += rate * rate + (x + y) * n * n;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("waves of the leapfrog recipe obey the dispersion relation") {
  constexpr int cells = 30, steps = 100;
  constexpr double courant = 0.7, theta = 4.0 * pi / cells, dt = courant / cells;
  const double phase = phase_per_step(courant, theta);
  const std::vector<std::string> values{"domain.boundary=periodic",
                                        fmt::format("domain.cells=[{}]", cells),
                                        fmt::format("time.dt={}", dt),
                                        "time.end=1000",
                                        fmt::format("time.max_steps={}", steps),
                                        "initial.u=cos(4*pi*x)"};
  const auto run_with = [&](const std::string& rate) {
    auto all = values;
    all.push_back("initial.rate=" + rate);
    return run_recipe("leapfrog", all);
  };
  const auto standing = run_with("0");
  const auto travelling = run_with(fmt::format("{:.17g}*sin(4*pi*x)", std::sin(phase) / dt));
  if (!world().is_root()) return;
  CHECK(largest_difference(standing.field("u"), [&](int i) {
          return std::cos(phase * steps) * std::cos(theta * (i + 0.5));
        }) < 1e-12);
  CHECK(largest_difference(travelling.field("u"),
                           [&](int i) { return std::cos(theta * (i + 0.5) - phase * steps); }) < 1e-12);
}

TEST_CASE("the leapfrog recipe conserves the energy of the difference equations") {
  constexpr int cells = 20;
  constexpr double dt = 0.6 / cells;
  std::vector<double> energies;
  for (const int steps : {1, 2, 300}) {
    const auto run =
        run_recipe("leapfrog",
                   {"domain.boundary=periodic", fmt::format("domain.cells=[{0},{0}]", cells),
                    fmt::format("time.dt={}", dt), "time.end=1000", fmt::format("time.max_steps={}", steps)});
    if (world().is_root()) energies.push_back(energy(run.field("u"), run.field("previous"), cells, dt));
  }
  if (!world().is_root()) return;
  CHECK(energies[1] == Approx(energies[0]).epsilon(1e-13));
  CHECK(energies[2] == Approx(energies[0]).epsilon(1e-11));
}

TEST_CASE("the leapfrog recipe converges with second order if the length of the steps changes") {
  std::vector<double> errors;
  for (const int cells : {32, 64, 128}) {
    const auto run =
        run_recipe("leapfrog", {"domain.boundary=periodic", fmt::format("domain.cells=[{}]", cells),
                                "time.cfl=0.8", "time.end=0.83", "output.every=0.31 s",
                                "initial.u=sin(2*pi*x)", "initial.rate=2*pi*cos(2*pi*x)"});
    if (!world().is_root()) continue;
    const auto shortest =
        std::ranges::min_element(run.steps, {}, [](const TableRow& step) { return step.values[0]; });
    CHECK(shortest->values[0] < 0.75 / cells);
    errors.push_back(largest_difference(
        run.field("u"), [&](int i) { return std::sin(2.0 * pi * ((i + 0.5) / cells + 0.83)); }));
  }
  if (!world().is_root()) return;
  std::printf("leapfrog: errors %.2e %.2e %.2e, order %.2f %.2f\n", errors[0], errors[1], errors[2],
              std::log2(errors[0] / errors[1]), std::log2(errors[1] / errors[2]));
  CHECK(std::log2(errors[1] / errors[2]) == Approx(2.0).margin(0.2));
}
