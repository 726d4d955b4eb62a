// Compares the recipe for masks with solutions of the difference equations.
#include "recipe.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>

TEST_CASE("a masked cell keeps its value and insulates its neighbours") {
  // The masked cell 7 of 20 separates two rods with insulated ends.
  constexpr int steps = 50;
  constexpr double pi = std::numbers::pi, dt = 1e-3, ratio = dt * 20 * 20;
  const auto run = run_recipe(
      "mask", {"domain.cells=[20]", "domain.upper=[1.0]", "domain.boundary=wall", "time.dt=0.001",
               "time.end=0.05", "initial.solid=x > 0.35 && x < 0.4",
               "initial.u=x < 0.35 ? 1 + cos(pi*x/0.35) : (x < 0.4 ? 5 : 2 + cos(2*pi*(x-0.4)/0.6))"});
  if (!world().is_root()) return;
  // Each step multiplies the mode m of a rod of n cells by this factor.
  const auto decay = [](int m, int n) {
    const double s = std::sin(0.5 * pi * m / n);
    return std::pow(1.0 - 4.0 * ratio * s * s, steps);
  };
  CHECK(run.field("u")[7] == 5.0);
  CHECK(largest_difference(run.field("u"), [&](int i) {
          if (i < 7) return 1.0 + decay(1, 7) * std::cos(pi * (i + 0.5) / 7);
          if (i > 7) return 2.0 + decay(2, 12) * std::cos(2.0 * pi * (i - 7.5) / 12);
          return 5.0;
        }) < 1e-13);
}

TEST_CASE("heat flows around obstacles, and none is lost") {
  const auto run = run_recipe("mask");
  const auto start = run_recipe("mask", {"time.max_steps=1"});
  CHECK(run.diagnostic("heat") == Approx(run.first_diagnostic("heat")).epsilon(1e-13));
  if (!world().is_root()) return;
  int solid_cells = 0, changed = 0;
  for (std::size_t n = 0; n < run.field("u").size(); ++n) {
    const double now = run.field("u")[n], before = start.field("u")[n];
    if (run.field("solid")[n] != 0.0) {
      ++solid_cells;
      CHECK(now == before);
    } else {
      changed += now != before;
    }
  }
  CHECK(solid_cells > 300);
  CHECK(changed > 900);
}
