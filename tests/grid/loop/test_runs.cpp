// Probes, the health check and failing solvers, on any number of ranks.
#include "base/error.h"
#include "support/job_runner.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace tessera;

namespace {

/// Returns a job whose single field keeps its initial values.
std::string steady_job(const std::string& initial, const std::string& more) {
  return R"toml(
[job]
name = "steady"
solver = "makes_nan"
[domain]
cells = [12, 10]
upper = [12.0, 10.0]
chunk = [3, 4]
boundary = "outflow"
[parameters]
when = 1e30
[initial]
level = ")toml" +
         initial + "\"\n[time]\nmax_steps = 3\n" + more;
}

std::string probe_toml(const std::string& keys, const std::string& at) {
  return "[probes]\nfields = [\"level\"]\nevery = \"1 steps\"\n" + keys +
         "\n[[probes.point]]\nname = \"p\"\nat = " + at + "\n";
}

std::string run_error(const std::string& job, const std::vector<std::string>& overrides,
                      base::ExitCode code) {
  try {
    run_job(world(), job, overrides);
  } catch (const base::Error& e) {
    CHECK(e.code() == code);
    return e.text();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a probe records the cell that contains its point") {
  for (const char* chunk : {"[3, 4]", "[12, 10]", "[1, 1]", "[5, 7]"}) {
    const FinishedRun run = run_job(world(), steady_job("x + 100*y", probe_toml("", "[7.9, 3.1]")),
                                    {std::string("domain.chunk=") + chunk});
    REQUIRE(run.probes.size() == 1);
    const loop::ProbeRecord& p = run.probes[0];
    CHECK(p.cell == grid::Index{{7, 3, 0}});
    CHECK(p.centre[0] == 7.5);
    CHECK(p.centre[1] == 3.5);
    CHECK(p.distance_moved == 0.0);
    CHECK(p.values == std::vector<double>{357.5});
    CHECK_FALSE(p.arrival);
  }
}

TEST_CASE("a point on the upper faces of the domain belongs to the last cell") {
  const FinishedRun run = run_job(world(), steady_job("x + 100*y", probe_toml("", "[12.0, 10.0]")));
  CHECK(run.probes.at(0).cell == grid::Index{{11, 9, 0}});
}

TEST_CASE("a probe moves to the nearest cell that satisfies the condition") {
  for (const char* chunk : {"[3, 4]", "[12, 10]", "[2, 1]"}) {
    const std::vector<std::string> overrides{std::string("domain.chunk=") + chunk};
    // The level is x - 8: the nearest cell above 0 is to the east, in the same row.
    FinishedRun run =
        run_job(world(), steady_job("x - 8", probe_toml("where = \"level > 0\"", "[2.5, 4.5]")), overrides);
    CHECK(run.probes.at(0).cell == grid::Index{{8, 4, 0}});
    CHECK(run.probes.at(0).distance_moved == 6.0);
    // Of two equally near cells, the first in the order of the domain is chosen.
    run = run_job(world(), steady_job("abs(y - 5)", probe_toml("where = \"level > 3\"", "[2.5, 5.0]")),
                  overrides);
    CHECK(run.probes.at(0).cell == grid::Index{{2, 1, 0}});
    CHECK(run.probes.at(0).distance_moved == 3.5);
    // A probe in a cell that satisfies the condition is not moved.
    run = run_job(world(), steady_job("x - 8", probe_toml("where = \"level > 0\"", "[9.2, 4.9]")), overrides);
    CHECK(run.probes.at(0).cell == grid::Index{{9, 4, 0}});
    CHECK(run.probes.at(0).distance_moved == 0.0);
  }
}

TEST_CASE("a condition that no cell satisfies ends the run with an error") {
  const std::string text = run_error(steady_job("1", probe_toml("where = \"level > 2\"", "[1.0, 1.0]")), {},
                                     base::ExitCode::bad_job);
  CHECK(text.find("no cell satisfies `where` in [probes]: level > 2") != std::string::npos);
}

TEST_CASE("a negative zero is recorded as a positive zero on any number of ranks") {
  const FinishedRun run = run_job(world(), steady_job("-x*0", probe_toml("", "[0.5, 0.5]")));
  CHECK(run.probes.at(0).values.at(0) == 0.0);
  CHECK_FALSE(std::signbit(run.probes.at(0).values.at(0)));
}

TEST_CASE("a non-finite field is reported with its first non-finite cell, the chunk, the step and the time") {
  for (const char* value : {"false", "true"}) {
    const std::vector<std::string> overrides{"parameters.i=7", "parameters.j=5", "parameters.when=1.0",
                                             std::string("parameters.infinite=") + value,
                                             "health.every=\"1 steps\""};
    const std::string text = run_error(steady_job("1", ""), overrides, base::ExitCode::internal);
    CHECK(text.find("the field `level` is not finite at cell (7, 5), in chunk (2, 1), "
                    "found after "
                    "step 2, t = 2 s") != std::string::npos);
  }
  const std::string text = run_error(steady_job("1/(x - 0.5)", ""), {}, base::ExitCode::internal);
  CHECK(text.find("at cell (0, 0), in chunk (0, 0), found after step 0, t = 0 s") != std::string::npos);
}

TEST_CASE("a solver that fails on one rank ends the run on all ranks") {
  const std::string job = R"toml(
[job]
name = "broken"
solver = "throws_update"
[domain]
cells = [40]
chunk = 10
boundary = "outflow"
upper = [40.0]
[parameters]
when = 2.0
where_x = 35.0
[initial]
level = 1
[time]
max_steps = 10
)toml";
  const std::string text = run_error(job, {}, base::ExitCode::internal);
  CHECK(text.find("the solver `throws_update` failed in stage `keep`: the pump is broken") !=
        std::string::npos);
}

TEST_CASE("a stable time step that is not positive ends the run") {
  const std::string job =
      "[job]\nname = \"n\"\nsolver = \"negative_dt\"\n[domain]\ncells = [8]\nboundary = \"wall\"\n"
      "[initial]\nlevel = 1\n[time]\nend = 5\n";
  for (const char* kind : {"negative", "zero", "nan"}) {
    const std::string text =
        run_error(job, {std::string("parameters.kind=\"") + kind + "\""}, base::ExitCode::internal);
    CHECK(text.find("the solver's stable time step is") != std::string::npos);
  }
  CHECK(run_job(world(), job, {"parameters.kind=infinite"}).outcome.steps == 1);
}

TEST_CASE("plugins built with longer or shorter interface structs compute the same results") {
  const std::string job = R"toml(
[job]
name = "waves"
solver = "SOLVER"
[domain]
cells = [20, 16]
upper = [1.0, 0.8]
chunk = [5, 4]
boundary = "wall"
[parameters]
speed = 1.5
[initial]
displacement = "exp(-30*((x - 0.4)^2 + (y - 0.5)^2))"
[time]
max_steps = 12
)toml";
  std::vector<FinishedRun> runs;
  for (const char* solver : {"wave_c", "wave_c_appended", "wave_c_truncated"}) {
    std::string text = job;
    text.replace(text.find("SOLVER"), 6, solver);
    runs.push_back(run_job(world(), text));
    CHECK(runs.back().schema.parameters.size() == 1);
    CHECK(runs.back().schema.fields.size() == 3);
    CHECK(runs.back().schema.stages.at(1).name == "drift");
    CHECK(runs.back().digest == runs.front().digest);
    CHECK(runs.back().diagnostic("momentum") == runs.front().diagnostic("momentum"));
  }
}
