// Compares the heat solver with a serial program, bit for bit; checks conservation and the maximum principle.
#include "reference.h"

#include "support/job_runner.h"
#include "support/world.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using reference::HeatBox;
using reference::Rule;
using reference::Sides;

namespace {

constexpr double diffusivity = 0.37;
constexpr double dt = 0.0011;

// Cell widths are powers of two, so that coordinates and the polynomial below are computed without rounding:
// the initial state is bit-identical for every order of operations.
const char* const initial = "3*x*x - 5*x*y + 7*z - 2*x*x*x + 11*y*z";
double initial_at(double x, double y, double z) {
  return 3 * x * x - 5 * x * y + 7 * z - 2 * x * x * x + 11 * y * z;
}
const char* const beyond = "4*y - 3*z + 2*x + 16*t";
double beyond_at(double x, double y, double z, double t) { return 4 * y - 3 * z + 2 * x + 16 * t; }

HeatBox box(int dimensions, std::array<Sides, 3> sides) {
  HeatBox b{dimensions, {23, 1, 1}, {1.0 / 16, 1.0, 1.0}, std::move(sides), {}};
  constexpr std::array<int, 3> cells{23, 14, 9};
  for (std::size_t a = 1; a < static_cast<std::size_t>(dimensions); ++a) {
    b.cells[a] = cells[a];
    b.spacing[a] = b.spacing[a - 1] * 2.0;
  }
  for (int k = 0; k < b.cells[2]; ++k) {
    for (int j = 0; j < b.cells[1]; ++j) {
      for (int i = 0; i < b.cells[0]; ++i) {
        const std::array<int, 3> n{i, j, k};
        b.u.push_back(initial_at(b.centre(0, n), b.centre(1, n), b.centre(2, n)));
      }
    }
  }
  return b;
}

std::string boundary_text(const HeatBox& b) {
  const auto one = [](Rule rule) -> std::string {
    switch (rule) {
      case Rule::periodic:
        return "\"periodic\"";
      case Rule::wall:
        return "\"wall\"";
      case Rule::outflow:
        return "\"outflow\"";
      case Rule::fixed:
        return fmt::format("{{ fixed = {{ temperature = \"{}\" }} }}", beyond);
      default:
        return fmt::format("{{ face = {{ temperature = \"{}\" }} }}", beyond);
    }
  };
  std::string text;
  for (std::size_t a = 0; a < static_cast<std::size_t>(b.dimensions); ++a) {
    text += fmt::format("{0}_lower = {1}\n{0}_upper = {2}\n", "xyz"[a], one(b.sides[a].lower),
                        one(b.sides[a].upper));
  }
  return text;
}

std::string job_of(const HeatBox& b, const std::string& domain, const std::string& time) {
  std::string cells, upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(b.dimensions); ++a) {
    cells += fmt::format("{}, ", b.cells[a]);
    upper += fmt::format("{}, ", b.cells[a] * b.spacing[a]);
  }
  return fmt::format(
      "[job]\nname = \"reference\"\nsolver = \"heat\"\n[domain]\ncells = [{}]\nupper = "
      "[{}]\n{}\n[domain.boundary]\n{}\n"
      "[parameters]\ndiffusivity = {}\n[initial]\ntemperature = \"{}\"\n[time]\n{}\n",
      cells, upper, domain, boundary_text(b), diffusivity, initial, time);
}

void check_equal(const FinishedRun& run, const HeatBox& expected) {
  if (!world().is_root()) return;
  const auto& got = run.field("temperature");
  REQUIRE(got.size() == expected.u.size());
  std::size_t different = 0;
  for (std::size_t n = 0; n < got.size(); ++n) different += got[n] != expected.u[n];
  CHECK(different == 0);
}

}  // namespace

TEST_CASE("the state is that of a serial program, bit for bit, whatever the chunks") {
  const int dimensions = GENERATE(1, 2, 3);
  struct Case {
    const char* name;
    std::array<Sides, 3> sides;
  };
  const Sides wrap{}, wall{Rule::wall, Rule::wall}, out{Rule::outflow, Rule::outflow};
  const Sides fixed{Rule::fixed, Rule::fixed, beyond_at}, face{Rule::face, Rule::face, beyond_at};
  const Sides left{Rule::fixed, Rule::wall, beyond_at}, right{Rule::outflow, Rule::face, beyond_at};
  const Case cases[] = {{"periodic", {wrap, wrap, wrap}},   {"wall", {wall, wall, wall}},
                        {"outflow", {out, out, out}},       {"fixed", {fixed, fixed, fixed}},
                        {"face", {face, face, face}},       {"mixed", {left, wrap, right}},
                        {"mixed more", {right, left, wall}}};
  for (const Case& c : cases) {
    HeatBox expected = box(dimensions, c.sides);
    const HeatBox start = expected;
    for (int n = 0; n < 12; ++n) expected.step(diffusivity, n * dt, dt);
    for (const char* domain : {"", "chunk = 4", "chunk = 7\npartition = \"sfc\"", "chunk = 1"}) {
      CAPTURE(dimensions, c.name, domain);
      check_equal(run_job(world(), job_of(start, domain, fmt::format("dt = {}\nmax_steps = 12", dt))),
                  expected);
    }
  }
}

TEST_CASE("the chosen step is cfl times the stable one") {
  HeatBox expected = box(2, {});
  const auto run = run_job(world(), job_of(expected, "", "cfl = 0.7\nmax_steps = 5"));
  const double stable = 0.5 / (diffusivity * (256.0 + 64.0));
  CHECK(run.outcome.min_dt == stable * 0.7);
  CHECK(run.outcome.max_dt == stable * 0.7);
  for (int n = 0; n < 5; ++n) expected.step(diffusivity, 0.0, stable * 0.7);
  check_equal(run, expected);
}

TEST_CASE("without a way out the heat stays, to round-off") {
  const int dimensions = GENERATE(1, 2, 3);
  const Sides wall{Rule::wall, Rule::wall}, wrap{};
  for (const Sides& s : {wall, wrap}) {
    const auto run = run_job(world(), job_of(box(dimensions, {s, s, s}), "chunk = 5", "max_steps = 300"),
                             {"initial.temperature=300 + 50*exp(-20*((x-0.4)^2 + (y-0.3)^2 + (z-0.6)^2))"});
    const double change = run.diagnostic("heat") / run.first_diagnostic("heat") - 1.0;
    CAPTURE(dimensions, change);
    CHECK(std::abs(change) <= 4 * std::numeric_limits<double>::epsilon());
    CHECK(run.diagnostic("hottest") < run.first_diagnostic("hottest"));
    CHECK(run.diagnostic("coldest") > run.first_diagnostic("coldest"));
  }
}

TEST_CASE("no new extremes appear, up to the largest stable step") {
  const int dimensions = GENERATE(1, 2, 3);
  const Sides wall{Rule::wall, Rule::wall};
  const HeatBox b = box(dimensions, {wall, wall, wall});
  // A checkerboard is the mode that an unstable step amplifies most.
  const std::string signs[] = {"sin(16*pi*x)", "sin(16*pi*x)*sin(8*pi*y)",
                               "sin(16*pi*x)*sin(8*pi*y)*sin(4*pi*z)"};
  const std::string board = "initial.temperature=" + signs[dimensions - 1] + " > 0 ? 400 : 200";
  for (const int steps : {1, 2, 5, 50}) {
    const auto run =
        run_job(world(), job_of(b, "", fmt::format("cfl = 1.0\nmax_steps = {}", steps)), {board});
    CAPTURE(dimensions, steps);
    CHECK(run.first_diagnostic("coldest") == 200.0);
    CHECK(run.first_diagnostic("hottest") == 400.0);
    CHECK(run.diagnostic("coldest") >= 200.0 * (1.0 - 1e-14));
    CHECK(run.diagnostic("hottest") <= 400.0 * (1.0 + 1e-14));
  }
}
