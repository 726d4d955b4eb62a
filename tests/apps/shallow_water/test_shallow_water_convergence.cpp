// Compares bundled jobs with exact solutions on three grids each. Prints errors and orders of convergence.
#include "../job_files.h"
#include "measure.h"

#include <catch2/catch.hpp>

#include <limits>
#include <numbers>

using measure::ConvergenceStudy;
using measure::Errors;

namespace {

FinishedRun run_bundled(const std::string& name, const std::string& cells) {
  return run_job(world(), job_files::read("shallow_water", name), {"domain.cells=" + cells});
}

std::string line_cells(int n) { return "[" + std::to_string(n) + "]"; }
std::string square_cells(int n) { return "[" + std::to_string(n) + ", " + std::to_string(n) + "]"; }

/// Runs a bundled job on three grids and checks that mass is conserved. Returns the errors relative to the
/// exact solution at the end of the job. Collective.
template <class Cells, class Exact>
std::vector<Errors> errors_on_three_grids(const std::string& name, int coarsest, Cells cells, Exact exact) {
  std::vector<Errors> errors;
  for (int n = coarsest; n <= 4 * coarsest; n *= 2) {
    const auto run = run_bundled(name, cells(n));
    errors.push_back(
        measure::compute_errors(run, [&](double x, double y) { return exact(x, y, run.job.time.end); }));
    const double change = run.diagnostic("mass") / run.first_diagnostic("mass") - 1.0;
    CAPTURE(name, n, change);
    CHECK(std::abs(change) < 8 * std::numeric_limits<double>::epsilon());
  }
  return errors;
}

}  // namespace

TEST_CASE("Ritter's dam break converges with about first order because of the dry front and the kinks") {
  const exact::Ritter dam;
  const ConvergenceStudy s = measure::compute_orders(
      "Ritter", 200,
      errors_on_three_grids("dam-break-dry.toml", 200, line_cells,
                            [&](double x, double, double t) { return dam.at(x, t); }));
  for (const double order : s.depth_orders) CHECK((order > 0.95 && order < 1.1));
  for (const double order : s.momentum_orders) CHECK((order > 0.95 && order < 1.1));
  CHECK(s.errors.back().depth < 4e-4);
}

TEST_CASE("Stoker's dam break converges with about first order because of the bore") {
  const exact::Stoker dam{9.81, 1.0, 0.1, 0.0};
  const ConvergenceStudy s = measure::compute_orders(
      "Stoker", 200,
      errors_on_three_grids("dam-break-wet.toml", 200, line_cells,
                            [&](double x, double, double t) { return dam.at(x, t); }));
  for (const double order : s.depth_orders) CHECK((order > 0.9 && order < 1.1));
  for (const double order : s.momentum_orders) CHECK((order > 0.9 && order < 1.1));
  CHECK(s.errors.back().depth < 5e-4);
}

TEST_CASE("Thacker's planar oscillation converges with an order between 1 and 2 at the moving shoreline") {
  const exact::ThackerPlanar bowl;
  const ConvergenceStudy s = measure::compute_orders(
      "Thacker planar", 50,
      errors_on_three_grids("thacker-planar.toml", 50, square_cells,
                            [&](double x, double y, double t) { return bowl.at(x, y, t); }));
  for (const double order : s.depth_orders) CHECK((order > 1.3 && order < 1.7));
  for (const double order : s.momentum_orders) CHECK((order > 1.6 && order < 1.7));
  CHECK(s.errors.back().depth < 4e-5);
}

TEST_CASE("Thacker's radial oscillation converges with an order between 1 and 2 at the moving shoreline") {
  const exact::ThackerRadial bowl;
  const ConvergenceStudy s = measure::compute_orders(
      "Thacker radial", 50,
      errors_on_three_grids("thacker-radial.toml", 50, square_cells,
                            [&](double x, double y, double t) { return bowl.at(x, y, t); }));
  for (const double order : s.depth_orders) CHECK((order > 1.4 && order < 1.7));
  for (const double order : s.momentum_orders) CHECK((order > 1.1 && order < 1.4));
  CHECK(s.errors.back().depth < 5e-5);
}

TEST_CASE("Williamson's steady flow is preserved with at least second order") {
  const exact::Williamson2 flow;
  std::vector<Errors> errors;
  for (int n = 36; n <= 144; n *= 2) {
    const auto run =
        run_bundled("williamson-2.toml", "[" + std::to_string(n) + ", " + std::to_string(n * 5 / 6) + "]");
    errors.push_back(measure::compute_errors(
        run, [&](double, double latitude) { return flow.at(latitude); },
        [](double latitude) { return std::cos(latitude * std::numbers::pi / 180.0); }));
  }
  const ConvergenceStudy s = measure::compute_orders("Williamson 2", 36, errors);
  for (const double order : s.depth_orders) CHECK(order > 2.6);
  for (const double order : s.momentum_orders) CHECK(order > 3.0);
  CHECK(s.errors.back().depth < 0.06);
}

TEST_CASE("water at rest in the Indian Ocean stays at rest for half an hour") {
  const auto run = run_job(world(), job_files::read("shallow_water", "lake-at-rest.toml"));
  const double change = run.diagnostic("mass") / run.first_diagnostic("mass") - 1.0;
  if (world().is_root()) {
    std::printf("lake at rest: %ld steps, fastest %.2e m/s, wave %.2e to %.2e m, mass %.1e\n",
                static_cast<long>(run.outcome.steps), run.diagnostic("fastest"), run.diagnostic("trough"),
                run.diagnostic("crest"), change);
  }
  CHECK(run.diagnostic("fastest") < 1e-12);
  CHECK(run.diagnostic("crest") < 1e-12);
  CHECK(run.diagnostic("trough") > -1e-12);
  CHECK(std::abs(change) < 8 * std::numeric_limits<double>::epsilon());
}
