// Compares the recipe for long time steps with the stability polynomial of the method and with an exact
// solution.
#include "recipe.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

TEST_CASE("each step of the recipe with many stages multiplies a mode by a Legendre polynomial") {
  constexpr int cells = 20, steps = 6;
  constexpr double pi = std::numbers::pi;
  for (const int mode : {1, 4, 9}) {
    // The longest stable step: 15 times that of the explicit Euler method, 0.5/cells^2.
    const auto run =
        run_recipe("many_stages", {fmt::format("domain.cells=[{}]", cells), "domain.boundary=periodic",
                                   "time.cfl=1", "time.end=1000", fmt::format("time.max_steps={}", steps),
                                   fmt::format("initial.u=cos({}*pi*x)", 2 * mode)});
    if (!world().is_root()) continue;
    REQUIRE(run.steps[0].values[0] == Approx(15.0 * 0.5 / (cells * cells)).epsilon(1e-14));
    const double s = std::sin(pi * mode / cells);
    const double z = -4.0 * s * s * 15.0 * 0.5;
    const double factor = std::legendre(5, 1.0 + 2.0 * z / 30.0);
    CHECK(largest_difference(run.field("u"), [&](int i) {
            return std::pow(factor, steps) * std::cos(2.0 * pi * mode * (i + 0.5) / cells);
          }) < 1e-13);
  }
}

TEST_CASE("the stages of the recipe with many stages declare the times of their inputs") {
  // x^2 + 2 t is exact for the differences and for the method, if the ghost cells have the times of the
  // stages.
  const auto run = run_recipe(
      "many_stages",
      {"domain.cells=[20]", "domain.boundary={x={fixed={u='x^2 + 2*t'}}}", "initial.u=x^2", "time.end=0.5"});
  if (!world().is_root()) return;
  CHECK(largest_difference(run.field("u"), [](int i) { return std::pow((i + 0.5) / 20, 2) + 1.0; }) < 1e-12);
}
