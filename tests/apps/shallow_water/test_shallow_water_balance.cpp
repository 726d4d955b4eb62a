// Checks that the scheme preserves water at rest and the volume of water to round-off.
#include "../job_files.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace {

double relative_mass_change(const FinishedRun& run) {
  return run.diagnostic("mass") / run.first_diagnostic("mass") - 1.0;
}

/// Returns a job for the Indian Ocean with its islands and coasts, and walls on all sides. `settings`
/// continues [parameters] and may add sections.
std::string ocean_job(const std::string& settings) {
  return "[job]\nname = \"ocean\"\nsolver = \"shallow_water\"\n"
         "[domain]\ncells = [140, 120]\nlower = [40.0, -35.0]\nupper = [110.0, 25.0]\ngeometry = "
         "\"spherical\"\n"
         "boundary = \"wall\"\n[parameters]\ndry_depth = 0.01\n" +
         settings +
         "\n[initial.bed]\nfile = \"apps/shallow_water/data/etopo5_indian_ocean.h5\"\ndataset = "
         "\"elevation\"\n"
         "axes = [\"lon\", \"lat\"]\n";
}

}  // namespace

TEST_CASE("water at rest over real topography stays at rest to round-off") {
  for (const char* chunk : {"16", "[60, 7]"}) {
    const auto run =
        run_job(world(), job_files::read("shallow_water", "lake-at-rest.toml"),
                {"domain.cells=[140, 120]", fmt::format("domain.chunk={}", chunk), "time.max_steps=20"});
    CAPTURE(chunk, run.diagnostic("fastest"), run.diagnostic("crest"), run.diagnostic("trough"));
    CHECK(run.outcome.steps == 20);
    CHECK(run.diagnostic("fastest") < 1e-10);
    CHECK(run.diagnostic("crest") < 1e-11);
    CHECK(run.diagnostic("trough") > -1e-11);
    CHECK(std::abs(relative_mass_change(run)) < 4 * std::numeric_limits<double>::epsilon());
  }
}

TEST_CASE("water at rest in 1-D stays at rest to round-off with either limiter") {
  const char* const text =
      "[job]\nname = \"rest\"\nsolver = \"shallow_water\"\n[domain]\ncells = [97]\nlower = [-3]\nupper = "
      "[4]\n"
      "boundary = \"wall\"\n[parameters]\nlimiter = \"{}\"\nsea_level = 0.25\n"
      "[initial]\nbed = \"0.5*sin(3*x) + 0.3*cos(11*x) - 0.1*x\"\n[time]\nmax_steps = 200\n";
  for (const char* limiter : {"mc", "minmod"}) {
    const auto run = run_job(world(), fmt::format(fmt::runtime(text), limiter));
    CHECK(run.diagnostic("fastest") < 1e-13);
    CHECK(run.diagnostic("crest") < 1e-14);
    CHECK(run.diagnostic("trough") > -1e-14);
    CHECK(std::abs(relative_mass_change(run)) < 4 * std::numeric_limits<double>::epsilon());
  }
}

TEST_CASE("flooding of coasts conserves the volume of water to round-off") {
  // A wave from a 30 m hump between Sri Lanka and Sumatra floods both coasts.
  const auto run = run_job(world(), ocean_job("manning = 0.025\n[time]\nend = \"2 h\"\n"
                                              "[initial]\nsurface = \"30*exp(-((x-88)^2 + (y-5)^2)/9)\""));
  CAPTURE(run.outcome.steps, relative_mass_change(run));
  CHECK(run.diagnostic("fastest") > 1.0);
  CHECK(std::abs(relative_mass_change(run)) < 4 * std::numeric_limits<double>::epsilon());
}

TEST_CASE("depths stay non-negative in a dam break over dry steps") {
  const auto run = run_job(
      world(),
      "[job]\nname = \"steps\"\nsolver = \"shallow_water\"\n[domain]\ncells = [60, 50]\nupper = [6, 5]\n"
      "boundary = \"wall\"\n[initial]\nbed = \"sin(5*x)*sin(4*y) > 0.3 ? 0.3 : 0\"\ndepth = \"x < 1.5 ? 1 : "
      "0\"\n"
      "[time]\nend = 2\n");
  CHECK(std::abs(relative_mass_change(run)) < 4 * std::numeric_limits<double>::epsilon());
  CHECK(run.diagnostic("energy") < run.first_diagnostic("energy"));
  for (const double h : run.fields.at(static_cast<std::size_t>(run.schema.field_index("depth"))))
    REQUIRE(h >= 0.0);
}
