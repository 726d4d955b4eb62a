// Compares runs of the heat solver with the serial reference, bit for bit.
#include "heat_cases.h"
#include "support/job_runner.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

using namespace heat_cases;

namespace {

void check_identical(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) {
    if (std::bit_cast<std::uint64_t>(actual[n]) != std::bit_cast<std::uint64_t>(expected[n])) {
      FAIL("cell " << n << ": " << actual[n] << ", expected " << expected[n]);
    }
  }
}

}  // namespace

TEST_CASE("with any chunk size, rank count and partition, results match the serial reference bit for bit") {
  constexpr int steps = 25;
  for (Case& c : cases()) {
    c.heat.initialize(initial_value);
    for (int n = 0; n < steps; ++n) c.heat.step(n * dt, dt);
    for (const std::string& chunk : c.chunks) {
      for (const char* partition : {"rcb", "sfc"}) {
        CAPTURE(c.name, chunk, partition);
        const FinishedRun run =
            run_job(world(), job_toml(c, steps),
                    {"domain.chunk=" + chunk, std::string("domain.partition=") + partition});
        CHECK(run.outcome.steps == steps);
        CHECK(run.outcome.time == steps * dt);
        CHECK(run.digest == reference_digest(c.heat));
        if (world().is_root()) check_identical(run.field("temperature"), c.heat.u);
      }
    }
  }
}

TEST_CASE("the last step of a run ends exactly at the end time") {
  Case c = cases()[0];
  c.heat.initialize(initial_value);
  for (int n = 0; n < 4; ++n) c.heat.step(n * dt, dt);
  c.heat.step(4 * dt, 0.5 * dt);
  const FinishedRun run = run_job(world(), job_toml(c, 100), {"time.end=0.00439453125"});
  CHECK(run.outcome.steps == 5);
  CHECK(run.outcome.time == 4.5 * dt);
  CHECK(run.outcome.min_dt == 0.5 * dt);
  CHECK(run.outcome.max_dt == dt);
  CHECK(run.digest == reference_digest(c.heat));
}

TEST_CASE("the arrival at a probe is the time of the first sample beyond the threshold") {
  Case c = cases()[1];
  c.heat.initialize([](double, double, double) { return 1.0; });
  std::optional<double> arrival;
  double highest = 0.0;
  constexpr std::size_t probe = 38;
  for (int n = 0; n < 60; ++n) {
    c.heat.step(n * dt, dt);
    highest = std::max(highest, c.heat.u[probe] - 1.0);
    if (!arrival && std::abs(c.heat.u[probe] - 1.0) > 0.01) arrival = (n + 1) * dt;
  }
  REQUIRE(arrival);
  const std::string probes = R"toml([probes]
fields = ["temperature"]
every = "1 steps"
arrival = { field = "temperature", above = 0.01 }
[[probes.point]]
name = "east"
at = [4.8125]
)toml";
  const FinishedRun run =
      run_job(world(), job_toml(c, 60) + probes, {"domain.chunk=7", "initial.temperature=1"});
  REQUIRE(run.probes.size() == 1);
  CHECK(run.probes[0].first_value.value_or(0.0) == 1.0);
  CHECK(run.probes[0].arrival.value_or(0.0) == *arrival);
  CHECK(run.probes[0].max_rise == highest);
  CHECK(run.probes[0].values == std::vector<double>{c.heat.u[probe]});
}

TEST_CASE("results with wide stencils, single precision and three stages do not depend on the chunk size") {
  const std::string job = R"toml(
[job]
name = "mixed"
solver = "mix"
[domain]
cells = [13, 11, 10]
boundary = { x = "periodic", south = "wall", north = { fixed = { a = "1 + x - z + t" } }, bottom = { face = { a = "x*y", b = [1, "x", 0.5] } }, top = "outflow" }
[initial]
a = "sin(7*x) + cos(5*y) + z"
b = ["x - y", "y*z", "sin(9*z)"]
weights = "x*(1 - x)"
[time]
max_steps = 4
)toml";
  const FinishedRun one_chunk = run_job(world(), job, {"domain.chunk=[13, 11, 10]"});
  for (const char* chunk : {"[3, 3, 3]", "[4, 11, 3]", "[5, 3, 7]", "[13, 4, 10]"}) {
    for (const char* partition : {"rcb", "sfc"}) {
      CAPTURE(chunk, partition);
      const FinishedRun run = run_job(
          world(), job, {std::string("domain.chunk=") + chunk, std::string("domain.partition=") + partition});
      CHECK(run.digest == one_chunk.digest);
      CHECK(run.outcome.diagnostics == one_chunk.outcome.diagnostics);
      if (world().is_root()) {
        for (const char* field : {"a", "b", "weights"})
          check_identical(run.field(field), one_chunk.field(field));
      }
    }
  }
}
