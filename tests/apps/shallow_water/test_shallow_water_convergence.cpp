// Compares bundled jobs with exact solutions on three grids each. Prints errors and orders of convergence.
#include "../job_files.h"
#include "measure.h"

#include <catch2/catch.hpp>

#include <limits>
#include <numbers>

using measure::Errors;
using measure::Study;

namespace {

FinishedRun run_bundled(const std::string& name, const std::string& cells) {
  return run_job(world(), job_files::text_of("shallow_water", name), {"domain.cells=" + cells});
}

std::string line_of(int n) { return "[" + std::to_string(n) + "]"; }
std::string square_of(int n) { return "[" + std::to_string(n) + ", " + std::to_string(n) + "]"; }

/// Returns the errors of a bundled job on three grids, relative to the exact solution at the end of the job.
/// Collective.
template <class Cells, class Exact>
std::vector<Errors> refine(const std::string& name, int coarsest, Cells cells, Exact exact) {
  std::vector<Errors> errors;
  for (int n = coarsest; n <= 4 * coarsest; n *= 2) {
    const auto run = run_bundled(name, cells(n));
    errors.push_back(
        measure::errors_of(run, [&](double x, double y) { return exact(x, y, run.job.time.end); }));
    const double change = run.diagnostic("mass") / run.first_diagnostic("mass") - 1.0;
    CAPTURE(name, n, change);
    CHECK(std::abs(change) < 8 * std::numeric_limits<double>::epsilon());
  }
  return errors;
}

}  // namespace

TEST_CASE("Ritter's dam break: the dry front and the kinks keep the order near 1") {
  const exact::Ritter dam;
  const Study s = measure::study(
      "Ritter", 200,
      refine("dam-break-dry.toml", 200, line_of, [&](double x, double, double t) { return dam.at(x, t); }));
  for (const double order : s.depth_order) CHECK((order > 0.95 && order < 1.1));
  for (const double order : s.momentum_order) CHECK((order > 0.95 && order < 1.1));
  CHECK(s.errors.back().depth < 4e-4);
}

TEST_CASE("Stoker's dam break: the bore keeps the order near 1") {
  const exact::Stoker dam{9.81, 1.0, 0.1, 0.0};
  const Study s = measure::study(
      "Stoker", 200,
      refine("dam-break-wet.toml", 200, line_of, [&](double x, double, double t) { return dam.at(x, t); }));
  for (const double order : s.depth_order) CHECK((order > 0.9 && order < 1.1));
  for (const double order : s.momentum_order) CHECK((order > 0.9 && order < 1.1));
  CHECK(s.errors.back().depth < 5e-4);
}

TEST_CASE("Thacker's planar oscillation: the moving shore keeps the order between 1 and 2") {
  const exact::ThackerPlanar bowl;
  const Study s = measure::study("Thacker planar", 50,
                                 refine("thacker-planar.toml", 50, square_of,
                                        [&](double x, double y, double t) { return bowl.at(x, y, t); }));
  for (const double order : s.depth_order) CHECK((order > 1.3 && order < 1.7));
  for (const double order : s.momentum_order) CHECK((order > 1.6 && order < 1.7));
  CHECK(s.errors.back().depth < 4e-5);
}

TEST_CASE("Thacker's radial oscillation: the moving shore keeps the order between 1 and 2") {
  const exact::ThackerRadial bowl;
  const Study s = measure::study("Thacker radial", 50,
                                 refine("thacker-radial.toml", 50, square_of,
                                        [&](double x, double y, double t) { return bowl.at(x, y, t); }));
  for (const double order : s.depth_order) CHECK((order > 1.4 && order < 1.7));
  for (const double order : s.momentum_order) CHECK((order > 1.1 && order < 1.4));
  CHECK(s.errors.back().depth < 5e-5);
}

TEST_CASE("Williamson's steady flow stays, with second order") {
  const exact::Williamson2 flow;
  std::vector<Errors> errors;
  for (int n = 36; n <= 144; n *= 2) {
    const auto run =
        run_bundled("williamson-2.toml", "[" + std::to_string(n) + ", " + std::to_string(n * 5 / 6) + "]");
    errors.push_back(measure::errors_of(
        run, [&](double, double latitude) { return flow.at(latitude); },
        [](double latitude) { return std::cos(latitude * std::numbers::pi / 180.0); }));
  }
  const Study s = measure::study("Williamson 2", 36, errors);
  for (const double order : s.depth_order) CHECK(order > 2.6);
  for (const double order : s.momentum_order) CHECK(order > 3.0);
  CHECK(s.errors.back().depth < 0.06);
}

TEST_CASE("still water over the Indian Ocean stays still for half an hour") {
  const auto run = run_job(world(), job_files::text_of("shallow_water", "lake-at-rest.toml"));
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
