// Compares the recipe for bounce-back walls with the flow between plates, and with a serial program that
// treats walls in another way.
#include "recipe.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace {

constexpr std::array<int, 9> cx{0, 1, 0, -1, 0, 1, -1, -1, 1};
constexpr std::array<int, 9> cy{0, 0, 1, 0, -1, 1, 1, -1, -1};

/// A lattice of nx x ny cells, periodic in both directions. Each step collides and then pushes populations to
/// neighbours; a population that meets a wall returns in the opposite direction.
class PushLattice {
 public:
  PushLattice(int nx, int ny, double relaxation_time, double force)
      : nx_{nx}, ny_{ny}, tau_{relaxation_time}, force_{force}, solid_(count(), false), f_(count()) {
    for (auto& populations : f_) {
      for (std::size_t q = 0; q < 9; ++q) populations[q] = weight(q);
    }
    after_ = f_;
  }

  std::size_t at(int i, int j) const {
    return static_cast<std::size_t>((i + nx_) % nx_ + nx_ * ((j + ny_) % ny_));
  }
  void make_solid(int i, int j) { solid_[at(i, j)] = true; }

  void step() {
    // The recipe stores populations after the collision, so a step begins by moving them.
    auto moved = f_;
    for (int j = 0; j < ny_; ++j) {
      for (int i = 0; i < nx_; ++i) {
        if (solid_[at(i, j)]) continue;
        for (std::size_t q = 0; q < 9; ++q) {
          const std::size_t target = at(i + cx[q], j + cy[q]);
          if (solid_[target]) {
            moved[at(i, j)][reverse(q)] = after_[at(i, j)][q];
          } else {
            moved[target][q] = after_[at(i, j)][q];
          }
        }
      }
    }
    for (std::size_t cell = 0; cell < f_.size(); ++cell) {
      if (!solid_[cell]) after_[cell] = collide(moved[cell]);
    }
  }

  const std::array<double, 9>& populations(std::size_t cell) const { return after_[cell]; }
  bool solid(std::size_t cell) const { return solid_[cell]; }

 private:
  std::size_t count() const { return static_cast<std::size_t>(nx_ * ny_); }
  static double weight(std::size_t q) { return q == 0 ? 4.0 / 9.0 : (q < 5 ? 1.0 / 9.0 : 1.0 / 36.0); }
  static std::size_t reverse(std::size_t q) {
    for (std::size_t r = 0; r < 9; ++r) {
      if (cx[r] == -cx[q] && cy[r] == -cy[q]) return r;
    }
    return 0;
  }

  /// The collision of Bhatnagar, Gross and Krook, with the force of Guo, Zheng and Shi (2002), eq. 20.
  std::array<double, 9> collide(const std::array<double, 9>& f) const {
    double density = 0.0, x = 0.5 * force_, y = 0.0;
    for (std::size_t q = 0; q < 9; ++q) {
      density += f[q];
      x += cx[q] * f[q];
      y += cy[q] * f[q];
    }
    x /= density;
    y /= density;
    std::array<double, 9> out{};
    for (std::size_t q = 0; q < 9; ++q) {
      const double along = cx[q] * x + cy[q] * y;
      const double equilibrium =
          weight(q) * density * (1.0 + 3.0 * along + 4.5 * along * along - 1.5 * (x * x + y * y));
      const double source =
          (1.0 - 0.5 / tau_) * weight(q) * (3.0 * (cx[q] - x) + 9.0 * along * cx[q]) * force_;
      out[q] = f[q] - (f[q] - equilibrium) / tau_ + source;
    }
    return out;
  }

  int nx_, ny_;
  double tau_, force_;
  std::vector<bool> solid_;
  std::vector<std::array<double, 9>> f_, after_;
};

}  // namespace

TEST_CASE("the flow between two plates has the profile of the bounce-back rule") {
  // The walls are half-way between solid and fluid cells. At the walls, the exact profile of the rule differs
  // from a parabola by a constant that depends on the relaxation time (Ginzburg and d'Humieres 2003), and
  // that is 0 for 1/2 + sqrt(3)/4.
  constexpr double force = 1e-6, height = 4.0;
  for (const double tau : {0.5 + 0.25 * std::numbers::sqrt3, 0.8, 1.4}) {
    const auto run =
        run_recipe("bounce_back", {"domain.cells=[4,6]", "domain.upper=[4,6]", "initial.solid=y < 1 || y > 5",
                                   fmt::format("parameters.relaxation_time={:.17g}", tau),
                                   fmt::format("parameters.force={}", force), "time.end=400"});
    if (!world().is_root()) continue;
    const double viscosity = (tau - 0.5) / 3.0, slip = 4.0 / 3.0 * (tau - 0.5) * (tau - 0.5) - 0.25;
    const auto& velocity = run.field("velocity");
    for (int cell = 0; cell < 24; ++cell) {
      const double y = cell / 4 - 0.5;  // distance from the lower wall
      const double exact =
          y > 0.0 && y < height ? force / (2.0 * viscosity) * (y * (height - y) + slip) : 0.0;
      CHECK(velocity[static_cast<std::size_t>(cell)] == Approx(exact).epsilon(1e-9).margin(1e-15));
    }
    CHECK(run.diagnostic("fastest") > 0.0);
  }
}

TEST_CASE("a flow around an obstacle agrees with a serial program, and no mass is lost") {
  constexpr int nx = 18, ny = 11, steps = 120;
  constexpr double tau = 0.7, force = 1e-3;
  const auto run = run_recipe(
      "bounce_back", {fmt::format("domain.cells=[{},{}]", nx, ny),
                      fmt::format("domain.upper=[{},{}]", nx, ny), "domain.boundary=periodic",
                      "initial.solid=y > 10 || (x > 5 && x < 8 && y > 3 && y < 7) || (x < 3 && y > 9)",
                      fmt::format("parameters.relaxation_time={}", tau),
                      fmt::format("parameters.force={}", force), fmt::format("time.end={}", steps)});
  REQUIRE(run.outcome.steps == steps);
  if (!world().is_root()) return;
  PushLattice lattice{nx, ny, tau, force};
  for (int i = 0; i < nx; ++i) lattice.make_solid(i, 10);
  for (int i = 0; i < 3; ++i) lattice.make_solid(i, 9);
  for (int j = 3; j < 7; ++j) {
    for (int i = 5; i < 8; ++i) lattice.make_solid(i, j);
  }
  for (int n = 0; n < steps; ++n) lattice.step();
  const auto& f = run.components[static_cast<std::size_t>(run.schema.field_index("f"))];
  double mass = 0.0, fluid_cells = 0.0;
  for (std::size_t cell = 0; cell < nx * ny; ++cell) {
    for (std::size_t q = 0; q < 9; ++q) {
      CHECK(f[q][cell] == Approx(lattice.populations(cell)[q]).epsilon(1e-12));
      if (!lattice.solid(cell)) mass += f[q][cell];
    }
    fluid_cells += lattice.solid(cell) ? 0.0 : 1.0;
  }
  CHECK(mass == Approx(fluid_cells).epsilon(1e-13));
}

TEST_CASE("the bounce-back recipe rejects cells and steps of other lengths") {
  CHECK_THROWS_WITH(run_recipe("bounce_back", {"domain.upper=[12,14]"}),
                    Catch::Contains("cells must have the length 1"));
  CHECK_THROWS_WITH(run_recipe("bounce_back", {"time.end=2.5"}),
                    Catch::Contains("steps must have the length 1"));
}
