// Compares the recipe for sources that depend on time with closed-form integrals.
#include "recipe.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

namespace {

constexpr double pi = std::numbers::pi;
constexpr double omega = 2.0 * pi;  // for the default period

}  // namespace

TEST_CASE("the source adds as much heat as its integral over time") {
  constexpr double per_second = 2.0;  // the integral of `strength` over the domain
  std::vector<double> errors;
  for (const int steps : {30, 60, 120}) {
    const auto run = run_recipe("source", {fmt::format("time.dt={:.17g}", 0.75 / steps)});
    REQUIRE(run.outcome.steps == steps);
    const double heat = run.diagnostic("heat");
    // The midpoint rule: the sum over n < N of h sin((n + 1/2) a) is h sin(N a/2)^2 / sin(a/2).
    const double dt = 0.75 / steps, a = omega * dt;
    CHECK(
        heat ==
        Approx(per_second * dt * std::pow(std::sin(0.5 * steps * a), 2) / std::sin(0.5 * a)).epsilon(1e-12));
    errors.push_back(std::abs(heat - per_second * (1.0 - std::cos(omega * 0.75)) / omega));
  }
  CHECK(std::log2(errors[1] / errors[2]) == Approx(2.0).margin(0.01));
}

TEST_CASE("a mode that the source drives converges with second order in time") {
  constexpr int cells = 16;
  constexpr double kappa = 0.05, end = 0.7;
  // a' = sin(omega t) - lambda a, a(0) = 0
  const double lambda = kappa * std::pow(2.0 * cells * std::sin(pi / cells), 2);
  const double exact =
      (lambda * std::sin(omega * end) - omega * std::cos(omega * end) + omega * std::exp(-lambda * end)) /
      (lambda * lambda + omega * omega);
  std::vector<double> errors;
  for (const int steps : {35, 70, 140}) {
    const auto run =
        run_recipe("source", {fmt::format("domain.cells=[{}]", cells), "domain.boundary=periodic",
                              fmt::format("parameters.diffusivity={}", kappa), "initial.strength=sin(2*pi*x)",
                              fmt::format("time.end={}", end), fmt::format("time.dt={:.17g}", end / steps)});
    if (!world().is_root()) continue;
    errors.push_back(largest_difference(
        run.field("u"), [&](int i) { return exact * std::sin(2.0 * pi * (i + 0.5) / cells); }));
  }
  if (!world().is_root()) return;
  std::printf("source: errors %.2e %.2e %.2e, order %.2f %.2f\n", errors[0], errors[1], errors[2],
              std::log2(errors[0] / errors[1]), std::log2(errors[1] / errors[2]));
  CHECK(std::log2(errors[1] / errors[2]) == Approx(2.0).margin(0.1));
}

TEST_CASE("the stages of the recipe for sources declare the times of their inputs") {
  // x^2 + 2 t is exact for the differences and for the method, if the ghost cells have the times of the
  // stages.
  const auto run = run_recipe(
      "source", {"domain.cells=[20]", "domain.boundary={x={fixed={u='x^2 + 2*t'}}}",
                 "parameters.diffusivity=1", "initial.u=x^2", "initial.strength=0", "time.end=0.1"});
  if (!world().is_root()) return;
  CHECK(largest_difference(run.field("u"), [](int i) { return std::pow((i + 0.5) / 20, 2) + 0.2; }) < 1e-12);
}
