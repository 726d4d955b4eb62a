// Compares the recipe for Runge-Kutta methods with exact solutions.
#include "recipe.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <vector>

namespace {

constexpr double pi = std::numbers::pi;
using Complex = std::complex<double>;

/// dt times the eigenvalue of the spatial differences for a wave with the phase `theta` per cell.
Complex eigenvalue(double courant, double theta) {
  const Complex right = std::polar(1.0, theta), left = std::conj(right);
  return -courant / 6.0 * (2.0 * right + 3.0 - 6.0 * left + left * left);
}

/// The factor by which a step of a method of three stages and third order multiplies a wave.
Complex amplification(Complex z) { return 1.0 + z + z * z / 2.0 + z * z * z / 6.0; }

}  // namespace

TEST_CASE("each step of the Runge-Kutta recipe multiplies a wave by the amplification factor") {
  constexpr int cells = 24, steps = 30;
  for (const double courant : {0.25, 1.0}) {
    const auto run =
        run_recipe("runge_kutta", {"domain.boundary=periodic", fmt::format("domain.cells=[{}]", cells),
                                   fmt::format("time.dt={}", courant / cells), "time.end=1000",
                                   fmt::format("time.max_steps={}", steps), "initial.u=sin(6*pi*x)"});
    if (!world().is_root()) continue;
    const double theta = 6.0 * pi / cells;
    const Complex factor = std::pow(amplification(eigenvalue(courant, theta)), steps);
    CHECK(largest_difference(run.field("u"), [&](int i) {
            return (factor * std::polar(1.0, theta * (i + 0.5))).imag();
          }) < 1e-13);
  }
}

TEST_CASE("the Runge-Kutta recipe is stable up to its stable time step") {
  for (int n = 0; n <= 1000; ++n)
    CHECK(std::abs(amplification(eigenvalue(1.0, pi * n / 1000))) <= 1.0 + 1e-15);
}

TEST_CASE("the Runge-Kutta recipe converges with third order in time") {
  constexpr int cells = 16;
  const double theta = 2.0 * pi / cells;
  std::vector<double> errors;
  for (const int steps : {32, 64, 128}) {
    const auto run =
        run_recipe("runge_kutta", {"domain.boundary=periodic", fmt::format("domain.cells=[{}]", cells),
                                   fmt::format("time.dt={}", 1.0 / steps)});
    if (!world().is_root()) continue;
    const Complex exact = std::exp(eigenvalue(cells, theta));  // at t = 1, with exact integration in time
    errors.push_back(largest_difference(
        run.field("u"), [&](int i) { return (exact * std::polar(1.0, theta * (i + 0.5))).imag(); }));
  }
  if (!world().is_root()) return;
  std::printf("runge_kutta: errors in time %.2e %.2e %.2e, order %.2f %.2f\n", errors[0], errors[1],
              errors[2], std::log2(errors[0] / errors[1]), std::log2(errors[1] / errors[2]));
  CHECK(std::log2(errors[1] / errors[2]) == Approx(3.0).margin(0.05));
}

TEST_CASE("the Runge-Kutta recipe uses boundary values at the times of the stages") {
  std::vector<double> errors;
  for (const int cells : {32, 64, 128}) {
    const auto run = run_recipe(
        "runge_kutta", {fmt::format("domain.cells=[{}]", cells), fmt::format("time.dt={}", 0.8 / cells)});
    if (!world().is_root()) continue;
    errors.push_back(largest_difference(
        run.field("u"), [&](int i) { return std::sin(2.0 * pi * ((i + 0.5) / cells - 1.0)); }));
  }
  if (!world().is_root()) return;
  std::printf("runge_kutta: errors with inflow %.2e %.2e %.2e, order %.2f %.2f\n", errors[0], errors[1],
              errors[2], std::log2(errors[0] / errors[1]), std::log2(errors[1] / errors[2]));
  CHECK(std::log2(errors[1] / errors[2]) == Approx(3.0).margin(0.1));
}

TEST_CASE("the stages of the Runge-Kutta recipe declare the times of their inputs") {
  // x - t is exact for the differences and for the method, if the ghost cells have the times of the stages.
  const auto run = run_recipe(
      "runge_kutta", {"domain.cells=[20]", "domain.boundary={x={fixed={u='x - t'}}}", "initial.u=x"});
  if (!world().is_root()) return;
  CHECK(largest_difference(run.field("u"), [](int i) { return (i + 0.5) / 20 - 1.0; }) < 1e-13);
}
