// Whole runs of the heat solver against the serial reference, bit by bit.
#include "base/digest.h"
#include "serial_heat.h"
#include "support/job_runner.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

using tessera::base::Digest;

namespace {

constexpr double dt = 0.0009765625;  // 2^-10: the formulas below are exact
constexpr const char* dt_text = "0.0009765625";

struct Case {
  std::string name;
  SerialHeat heat;
  std::string boundary;  // as the job says it
  std::vector<std::string> chunks;
};

double face_value(double x, double y, double z, double t) { return 2 * x + 4 * y - z + 8 * t; }
constexpr const char* face_text = R"("2*x + 4*y - z + 8*t")";
constexpr const char* initial_text = "x*y*8 - z*4 + x*x*16 + 1";
double initial_value(double x, double y, double z) { return x * y * 8 - z * 4 + x * x * 16 + 1; }

std::string held(const std::string& kind) { return "{ " + kind + " = { temperature = " + face_text + " } }"; }

std::vector<Case> cases() {
  using enum Beyond;
  const auto heat = [](int dimensions, std::array<std::int64_t, 3> cells,
                       std::array<std::array<Beyond, 2>, 3> beyond) {
    SerialHeat h;
    h.dimensions = dimensions;
    h.cells = cells;
    h.diffusivity = 0.1;
    for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
      h.upper[a] = 0.125 * static_cast<double>(cells[a]);
    }
    h.beyond = beyond;
    h.face_value = face_value;
    return h;
  };
  constexpr std::array<Beyond, 2> none{wall, wall};
  return {
      {"1-D periodic",
       heat(1, {61, 1, 1}, {{{periodic, periodic}, none, none}}),
       R"("periodic")",
       {"61", "16", "7", "1"}},
      {"1-D held at both ends",
       heat(1, {40, 1, 1}, {{{fixed, face}, none, none}}),
       "{ west = " + held("fixed") + ", east = " + held("face") + " }",
       {"40", "11", "3"}},
      {"2-D walls",
       heat(2, {19, 23, 1}, {{{wall, wall}, {wall, wall}, none}}),
       R"("wall")",
       {"[19, 23]", "[5, 7]", "[4, 23]", "[1, 2]"}},
      {"2-D mixed",
       heat(2, {16, 17, 1}, {{{face, outflow}, {periodic, periodic}, none}}),
       "{ west = " + held("face") + ", east = \"outflow\", y = \"periodic\" }",
       {"[16, 17]", "[3, 5]", "[7, 17]"}},
      {"3-D periodic",
       heat(3, {12, 13, 11}, {{{periodic, periodic}, {periodic, periodic}, {periodic, periodic}}}),
       R"("periodic")",
       {"[12, 13, 11]", "[5, 3, 7]", "[12, 2, 3]"}},
      {"3-D mixed",
       heat(3, {9, 10, 12}, {{{periodic, periodic}, {wall, fixed}, {face, outflow}}}),
       "{ x = \"periodic\", south = \"wall\", north = " + held("fixed") + ", bottom = " + held("face") +
           ", top = \"outflow\" }",
       {"[9, 10, 12]", "[2, 3, 5]", "[9, 5, 4]"}},
  };
}

std::string job_of(const Case& c, int steps) {
  std::string cells;
  std::string upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(c.heat.dimensions); ++a) {
    cells += (a ? ", " : "") + std::to_string(c.heat.cells[a]);
    upper += (a ? ", " : "") + std::to_string(c.heat.upper[a]);
  }
  return "[job]\nname = \"reference\"\nsolver = \"heat\"\n[domain]\ncells = [" + cells + "]\nupper = [" +
         upper + "]\nboundary = " + c.boundary +
         "\n[parameters]\ndiffusivity = 0.1\n[initial]\ntemperature = \"" + initial_text +
         "\"\n[time]\ndt = " + dt_text + "\nmax_steps = " + std::to_string(steps) + "\n";
}

/// The digest of the reference: its cells in turn, in one sum.
std::string digest_of(const SerialHeat& heat) {
  std::uint64_t sum = 0;
  const std::uint64_t seed = Digest::seed("temperature", 0);
  for (std::size_t n = 0; n < heat.u.size(); ++n) {
    sum += Digest::cell(seed, n, std::bit_cast<std::uint64_t>(heat.u[n]));
  }
  return Digest::text(sum);
}

void check_same(const std::vector<double>& have, const std::vector<double>& want) {
  REQUIRE(have.size() == want.size());
  for (std::size_t n = 0; n < want.size(); ++n) {
    if (std::bit_cast<std::uint64_t>(have[n]) != std::bit_cast<std::uint64_t>(want[n])) {
      FAIL("cell " << n << ": " << have[n] << ", not " << want[n]);
    }
  }
}

}  // namespace

TEST_CASE("any chunks, ranks and partition give the bits of the serial reference") {
  constexpr int steps = 25;
  for (Case& c : cases()) {
    c.heat.initialize(initial_value);
    for (int n = 0; n < steps; ++n) c.heat.step(n * dt, dt);
    for (const std::string& chunk : c.chunks) {
      for (const char* partition : {"rcb", "sfc"}) {
        CAPTURE(c.name, chunk, partition);
        const FinishedRun run =
            run_job(world(), job_of(c, steps),
                    {"domain.chunk=" + chunk, std::string("domain.partition=") + partition});
        CHECK(run.outcome.steps == steps);
        CHECK(run.outcome.time == steps * dt);
        CHECK(run.digest == digest_of(c.heat));
        if (world().root()) check_same(run.field("temperature"), c.heat.u);
      }
    }
  }
}

TEST_CASE("a run that ends by time takes the last step to its end") {
  Case c = cases()[0];
  c.heat.initialize(initial_value);
  for (int n = 0; n < 4; ++n) c.heat.step(n * dt, dt);
  c.heat.step(4 * dt, 0.5 * dt);
  const FinishedRun run = run_job(world(), job_of(c, 100), {"time.end=0.00439453125"});
  CHECK(run.outcome.steps == 5);
  CHECK(run.outcome.time == 4.5 * dt);
  CHECK(run.outcome.smallest_dt == 0.5 * dt);
  CHECK(run.outcome.largest_dt == dt);
  CHECK(run.digest == digest_of(c.heat));
}

TEST_CASE("the arrival at a probe is the first sample beyond the threshold") {
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
      run_job(world(), job_of(c, 60) + probes, {"domain.chunk=7", "initial.temperature=1"});
  REQUIRE(run.probes.size() == 1);
  CHECK(run.probes[0].first.value_or(0.0) == 1.0);
  CHECK(run.probes[0].arrival.value_or(0.0) == *arrival);
  CHECK(run.probes[0].highest == highest);
  CHECK(run.probes[0].values == std::vector<double>{c.heat.u[probe]});
}

TEST_CASE("wide stencils, floats and three stages do not feel the chunks") {
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
  const FinishedRun whole = run_job(world(), job, {"domain.chunk=[13, 11, 10]"});
  for (const char* chunk : {"[3, 3, 3]", "[4, 11, 3]", "[5, 3, 7]", "[13, 4, 10]"}) {
    for (const char* partition : {"rcb", "sfc"}) {
      CAPTURE(chunk, partition);
      const FinishedRun run = run_job(
          world(), job, {std::string("domain.chunk=") + chunk, std::string("domain.partition=") + partition});
      CHECK(run.digest == whole.digest);
      CHECK(run.outcome.diagnostics == whole.outcome.diagnostics);
      if (world().root()) {
        for (const char* field : {"a", "b", "weights"}) check_same(run.field(field), whole.field(field));
      }
    }
  }
}
