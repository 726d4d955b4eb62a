// Compares the heat solver with closed-form solutions and checks the order of convergence.
#include "support/job_runner.h"
#include "support/world.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>
#include <vector>

namespace {

constexpr double pi = std::numbers::pi;
constexpr double diffusivity = 0.1;
constexpr double end_time = 0.1;

/// The exact temperature in the unit box at a point and a time.
using Exact = double (*)(double x, double y, double z, double t);

struct Case {
  const char* name;
  int dimensions;
  const char* boundary;  // contents of [domain.boundary]
  const char* initial;   // formula of the initial temperature
  Exact exact;
  int coarsest;  // cells per axis of the coarsest grid
};

/// Returns the L2 error at `end_time` on a grid refined `level` times. The time step is proportional to the
/// square of the cell size and divides `end_time`. Collective.
double l2_error(const Case& c, int level) {
  const int cells = c.coarsest << level;
  std::string count;
  for (int a = 0; a < c.dimensions; ++a) count += fmt::format("{}, ", cells);
  const double coarse_steps =
      std::ceil(end_time * diffusivity * c.coarsest * c.coarsest * c.dimensions * 4.0);
  const double dt = end_time / std::ldexp(coarse_steps, 2 * level);
  const auto run = run_job(
      world(),
      fmt::format(
          "[job]\nname = \"{}\"\nsolver = \"heat\"\n[domain]\ncells = [{}]\n[domain.boundary]\n{}\n"
          "[parameters]\ndiffusivity = {}\n[initial]\ntemperature = \"{}\"\n[time]\nend = {}\ndt = {}\n",
          c.name, count, c.boundary, diffusivity, c.initial, end_time, dt));
  double sum = 0.0;
  if (world().is_root()) {
    const auto& u = run.field("temperature");
    std::size_t n = 0;
    const auto centre = [&](int i) { return (i + 0.5) / cells; };
    for (int k = 0; k < (c.dimensions > 2 ? cells : 1); ++k) {
      for (int j = 0; j < (c.dimensions > 1 ? cells : 1); ++j) {
        for (int i = 0; i < cells; ++i, ++n) {
          const double e = u[n] - c.exact(centre(i), centre(j), centre(k), end_time);
          sum += e * e;
        }
      }
    }
    sum = std::sqrt(sum / static_cast<double>(u.size()));
  }
  world().allreduce_sum(std::span<double>{&sum, 1});
  return sum;
}

/// Returns the two orders of convergence between three successive grids. Rank 0 prints them and the errors.
/// Collective.
std::vector<double> measure_orders(const Case& c) {
  std::vector<double> errors, orders;
  for (int n = 0; n < 3; ++n) errors.push_back(l2_error(c, n));
  for (std::size_t n = 1; n < errors.size(); ++n) orders.push_back(std::log2(errors[n - 1] / errors[n]));
  if (world().is_root()) {
    std::printf("heat: %-42s cells %3d %3d %3d  L2 error %.2e %.2e %.2e  order %.3f %.3f\n", c.name,
                c.coarsest, 2 * c.coarsest, 4 * c.coarsest, errors[0], errors[1], errors[2], orders[0],
                orders[1]);
  }
  return orders;
}

/// Checks that the orders approach `order` on finer grids.
void check_orders(const Case& c, double order) {
  const std::vector<double> orders = measure_orders(c);
  CHECK(orders[0] == Approx(order).margin(0.05));
  CHECK(orders[1] == Approx(order).margin(0.025));
}

/// The factor by which a mode has decayed at time `t`. `k_squared` is its squared wave number over pi^2.
double decay(double k_squared, double t) { return std::exp(-diffusivity * pi * pi * k_squared * t); }

}  // namespace

TEST_CASE("the decay of a mode in a periodic box converges with second order") {
  const Case cases[] = {
      {"periodic, 1-D", 1, "x = \"periodic\"", "sin(2*pi*x)",
       [](double x, double, double, double t) { return decay(4, t) * std::sin(2 * pi * x); }, 32},
      {"periodic, 2-D", 2, "x = \"periodic\"\ny = \"periodic\"", "sin(2*pi*x)*cos(4*pi*y)",
       [](double x, double y, double, double t) {
         return decay(20, t) * std::sin(2 * pi * x) * std::cos(4 * pi * y);
       },
       24},
      {"periodic, 3-D", 3, "x = \"periodic\"\ny = \"periodic\"\nz = \"periodic\"",
       "sin(2*pi*x)*sin(2*pi*y)*cos(2*pi*z)",
       [](double x, double y, double z, double t) {
         return decay(12, t) * std::sin(2 * pi * x) * std::sin(2 * pi * y) * std::cos(2 * pi * z);
       },
       12}};
  for (const Case& c : cases) {
    check_orders(c, 2.0);
  }
}

TEST_CASE("the decay of a mode with wall, face and fixed boundaries converges with second order") {
  const Case cases[] = {
      {"walls, 1-D", 1, "x = \"wall\"", "300 + 10*cos(pi*x)",
       [](double x, double, double, double t) { return 300 + 10 * decay(1, t) * std::cos(pi * x); }, 16},
      {"face temperatures, 1-D", 1,
       "x_lower = { face = { temperature = 300 } }\nx_upper = { face = { temperature = 320 } }",
       "300 + 20*x + 10*sin(pi*x)",
       [](double x, double, double, double t) { return 300 + 20 * x + 10 * decay(1, t) * std::sin(pi * x); },
       16},
      {"time-dependent face temperatures, 1-D", 1,
       "x = { face = { temperature = \"exp(-diffusivity*4*pi^2*t)*cos(2*pi*x + 0.7)\" } }",
       "cos(2*pi*x + 0.7)",
       [](double x, double, double, double t) { return decay(4, t) * std::cos(2 * pi * x + 0.7); }, 32},
      {"fixed formula beyond the faces, 1-D", 1,
       "x = { fixed = { temperature = \"exp(-diffusivity*4*pi^2*t)*cos(2*pi*x + 0.7)\" } }",
       "cos(2*pi*x + 0.7)",
       [](double x, double, double, double t) { return decay(4, t) * std::cos(2 * pi * x + 0.7); }, 32},
      {"face temperatures in x, walls in y, 2-D", 2,
       "x_lower = { face = { temperature = 300 } }\nx_upper = { face = { temperature = 320 } }\ny = \"wall\"",
       "300 + 20*x + 10*sin(pi*x)*cos(2*pi*y)",
       [](double x, double y, double, double t) {
         return 300 + 20 * x + 10 * decay(5, t) * std::sin(pi * x) * std::cos(2 * pi * y);
       },
       16}};
  for (const Case& c : cases) {
    check_orders(c, 2.0);
  }
}

TEST_CASE("constant values in the ghost cells act half a cell beyond the face and reduce the order to 1") {
  const Case c{"fixed constants, 1-D",
               1,
               "x = { fixed = { temperature = 300 } }",
               "300 + 10*sin(pi*x)",
               [](double x, double, double, double t) { return 300 + 10 * decay(1, t) * std::sin(pi * x); },
               64};
  check_orders(c, 1.0);
}
