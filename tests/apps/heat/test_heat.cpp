// Compares the heat solver with a serial program, bit for bit, and checks conservation of heat and the
// maximum principle.
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
const char* const initial_formula = "3*x*x - 5*x*y + 7*z - 2*x*x*x + 11*y*z";
double initial_value(double x, double y, double z) {
  return 3 * x * x - 5 * x * y + 7 * z - 2 * x * x * x + 11 * y * z;
}
const char* const boundary_formula = "4*y - 3*z + 2*x + 16*t";
double boundary_value(double x, double y, double z, double t) { return 4 * y - 3 * z + 2 * x + 16 * t; }

/// Returns a box in its initial state.
HeatBox make_box(int dimensions, std::array<Sides, 3> sides) {
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
        b.u.push_back(initial_value(b.centre(0, n), b.centre(1, n), b.centre(2, n)));
      }
    }
  }
  return b;
}

/// Returns the contents of [domain.boundary].
std::string boundary_text(const HeatBox& b) {
  const auto condition = [](Rule rule) -> std::string {
    switch (rule) {
      case Rule::periodic:
        return "\"periodic\"";
      case Rule::wall:
        return "\"wall\"";
      case Rule::outflow:
        return "\"outflow\"";
      case Rule::fixed:
        return fmt::format("{{ fixed = {{ temperature = \"{}\" }} }}", boundary_formula);
      default:
        return fmt::format("{{ face = {{ temperature = \"{}\" }} }}", boundary_formula);
    }
  };
  std::string text;
  for (std::size_t a = 0; a < static_cast<std::size_t>(b.dimensions); ++a) {
    text += fmt::format("{0}_lower = {1}\n{0}_upper = {2}\n", "xyz"[a], condition(b.sides[a].lower),
                        condition(b.sides[a].upper));
  }
  return text;
}

/// Returns a job for the box. `domain` is appended to [domain], and `time` is the contents of [time].
std::string make_job(const HeatBox& b, const std::string& domain, const std::string& time) {
  std::string cells, upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(b.dimensions); ++a) {
    cells += fmt::format("{}, ", b.cells[a]);
    upper += fmt::format("{}, ", b.cells[a] * b.spacing[a]);
  }
  return fmt::format(
      "[job]\nname = \"reference\"\nsolver = \"heat\"\n[domain]\ncells = [{}]\nupper = "
      "[{}]\n{}\n[domain.boundary]\n{}\n"
      "[parameters]\ndiffusivity = {}\n[initial]\ntemperature = \"{}\"\n[time]\n{}\n",
      cells, upper, domain, boundary_text(b), diffusivity, initial_formula, time);
}

void check_bit_identical(const FinishedRun& run, const HeatBox& expected) {
  if (!world().is_root()) return;
  const auto& got = run.field("temperature");
  REQUIRE(got.size() == expected.u.size());
  std::size_t differing_cells = 0;
  for (std::size_t n = 0; n < got.size(); ++n) differing_cells += got[n] != expected.u[n];
  CHECK(differing_cells == 0);
}

}  // namespace

TEST_CASE("the state is bit-identical to that of a serial program for any chunk size") {
  const int dimensions = GENERATE(1, 2, 3);
  struct Case {
    const char* name;
    std::array<Sides, 3> sides;
  };
  const Sides periodic{}, wall{Rule::wall, Rule::wall}, outflow{Rule::outflow, Rule::outflow};
  const Sides fixed{Rule::fixed, Rule::fixed, boundary_value}, face{Rule::face, Rule::face, boundary_value};
  const Sides fixed_wall{Rule::fixed, Rule::wall, boundary_value},
      outflow_face{Rule::outflow, Rule::face, boundary_value};
  const Case cases[] = {{"periodic", {periodic, periodic, periodic}},
                        {"wall", {wall, wall, wall}},
                        {"outflow", {outflow, outflow, outflow}},
                        {"fixed", {fixed, fixed, fixed}},
                        {"face", {face, face, face}},
                        {"mixed with periodic", {fixed_wall, periodic, outflow_face}},
                        {"mixed with wall", {outflow_face, fixed_wall, wall}}};
  for (const Case& c : cases) {
    HeatBox expected = make_box(dimensions, c.sides);
    const HeatBox start = expected;
    for (int n = 0; n < 12; ++n) expected.step(diffusivity, n * dt, dt);
    for (const char* domain : {"", "chunk = 4", "chunk = 7\npartition = \"sfc\"", "chunk = 1"}) {
      CAPTURE(dimensions, c.name, domain);
      check_bit_identical(
          run_job(world(), make_job(start, domain, fmt::format("dt = {}\nmax_steps = 12", dt))), expected);
    }
  }
}

TEST_CASE("the time step is cfl times the largest stable time step") {
  HeatBox expected = make_box(2, {});
  const auto run = run_job(world(), make_job(expected, "", "cfl = 0.7\nmax_steps = 5"));
  const double stable = 0.5 / (diffusivity * (256.0 + 64.0));
  CHECK(run.outcome.min_dt == stable * 0.7);
  CHECK(run.outcome.max_dt == stable * 0.7);
  for (int n = 0; n < 5; ++n) expected.step(diffusivity, 0.0, stable * 0.7);
  check_bit_identical(run, expected);
}

TEST_CASE("heat is conserved to round-off with walls or periodic boundaries") {
  const int dimensions = GENERATE(1, 2, 3);
  const Sides wall{Rule::wall, Rule::wall}, periodic{};
  for (const Sides& s : {wall, periodic}) {
    const auto run =
        run_job(world(), make_job(make_box(dimensions, {s, s, s}), "chunk = 5", "max_steps = 300"),
                {"initial.temperature=300 + 50*exp(-20*((x-0.4)^2 + (y-0.3)^2 + (z-0.6)^2))"});
    const double change = run.diagnostic("heat") / run.first_diagnostic("heat") - 1.0;
    CAPTURE(dimensions, change);
    CHECK(std::abs(change) <= 4 * std::numeric_limits<double>::epsilon());
    CHECK(run.diagnostic("hottest") < run.first_diagnostic("hottest"));
    CHECK(run.diagnostic("coldest") > run.first_diagnostic("coldest"));
  }
}

TEST_CASE("the maximum principle holds at the largest stable time step") {
  const int dimensions = GENERATE(1, 2, 3);
  const Sides wall{Rule::wall, Rule::wall};
  const HeatBox b = make_box(dimensions, {wall, wall, wall});
  // An unstable time step amplifies the checkerboard mode most.
  const std::string sign_formulas[] = {"sin(16*pi*x)", "sin(16*pi*x)*sin(8*pi*y)",
                                       "sin(16*pi*x)*sin(8*pi*y)*sin(4*pi*z)"};
  const std::string checkerboard =
      "initial.temperature=" + sign_formulas[dimensions - 1] + " > 0 ? 400 : 200";
  for (const int steps : {1, 2, 5, 50}) {
    const auto run =
        run_job(world(), make_job(b, "", fmt::format("cfl = 1.0\nmax_steps = {}", steps)), {checkerboard});
    CAPTURE(dimensions, steps);
    CHECK(run.first_diagnostic("coldest") == 200.0);
    CHECK(run.first_diagnostic("hottest") == 400.0);
    CHECK(run.diagnostic("coldest") >= 200.0 * (1.0 - 1e-14));
    CHECK(run.diagnostic("hottest") <= 400.0 * (1.0 + 1e-14));
  }
}
