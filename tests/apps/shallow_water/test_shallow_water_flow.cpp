// Compares flows with simple analytical solutions.
#include "support/job_runner.h"
#include "support/world.h"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <numbers>
#include <string>

namespace {

std::string make_job(const std::string& sections) {
  return "[job]\nname = \"channel\"\nsolver = \"shallow_water\"\n" + sections;
}

}  // namespace

TEST_CASE("a long wave travels at the speed sqrt(g h)") {
  const double depth = 100.0, sample_interval = 2.0;
  const auto run = run_job(
      world(),
      make_job(
          "[domain]\ncells = [1000]\nupper = [20e3]\nboundary = \"wall\"\n[initial]\nbed = -100\n"
          "surface = \"x < 2000 ? 0.01 : 0\"\n[time]\nend = \"8 min\"\n"
          "[probes]\nfields = [\"surface\"]\nevery = \"2 s\"\n"
          "arrival = { field = \"surface\", above = 0.0025 }\n"
          "[[probes.point]]\nname = \"a\"\nat = [5010]\n[[probes.point]]\nname = \"b\"\nat = [14010]\n"));
  const double speed = std::sqrt(9.81 * depth);
  REQUIRE(run.probes.size() == 2);
  for (const auto& probe : run.probes) {
    REQUIRE(probe.arrival.has_value());
    const double expected = (probe.centre[0] - 2000.0) / speed;
    CAPTURE(probe.name, *probe.arrival, expected);
    CHECK(std::abs(*probe.arrival - expected) <= sample_interval);
    CHECK(probe.max_rise == Approx(0.005).epsilon(0.02));  // the step splits into two waves of half height
  }
}

TEST_CASE("waves leave the domain through open boundaries") {
  for (const char* boundary : {"custom", "outflow"}) {
    const auto run = run_job(
        world(), make_job(fmt::format(
                     "[domain]\ncells = [80, 80]\nupper = [80e3, 80e3]\nboundary = \"{}\"\n[initial]\n"
                     "bed = -1000\nsurface = \"exp(-((x-40e3)^2 + (y-30e3)^2)/30e6)\"\n"
                     "[time]\nend = \"20 min\"\n",
                     boundary)));
    CAPTURE(boundary);
    CHECK(run.first_diagnostic("crest") > 0.9);
    CHECK(run.diagnostic("crest") < 0.01);
    CHECK(run.diagnostic("trough") > -0.01);
  }
}

TEST_CASE("Manning friction slows a uniform flow according to the analytical solution") {
  const double depth = 2.0, roughness = 0.03, speed = 3.0, end = 100.0;
  const auto run = run_job(
      world(), make_job(fmt::format(
                   "[domain]\ncells = [16]\nboundary = \"periodic\"\n[parameters]\nmanning = {}\n"
                   "[initial]\ndepth = {}\nvelocity_x = {}\n[time]\nend = {}\ndt = 0.005\nmax_steps = 2000\n",
                   roughness, depth, speed, end)));
  const double start = depth * speed, t = 2000 * 0.005;
  const double expected =
      start / (1.0 + 9.81 * roughness * roughness * start * t / std::pow(depth, 7.0 / 3.0));
  CHECK(run.diagnostic("momentum_x") == Approx(expected).epsilon(1e-10));
}

TEST_CASE("the inertial oscillation of a uniform flow converges with second order") {
  const double f = 1e-2, period = 2.0 * std::numbers::pi / f;
  double errors[2] = {};
  for (int n = 0; n < 2; ++n) {
    const auto run =
        run_job(world(),
                make_job(fmt::format("[domain]\ncells = [8, 8]\nupper = [1e5, 1e5]\nboundary = \"periodic\"\n"
                                     "[parameters]\ncoriolis = {}\n[initial]\ndepth = 10\nvelocity_x = 1\n"
                                     "[time]\nend = {}\ndt = {}\n",
                                     f, period / 4, period / 4 / (50 << n))));
    // After a quarter of the period, the momentum of 10 m^2/s has turned from +x to -y. The diagnostics are
    // integrals of absolute values.
    const double area = 1e10;
    errors[n] =
        std::abs(run.diagnostic("momentum_x")) / area + std::abs(run.diagnostic("momentum_y") / area - 10.0);
  }
  CHECK(std::log2(errors[0] / errors[1]) == Approx(2.0).margin(0.1));
}
