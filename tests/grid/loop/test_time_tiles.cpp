// Results, tables and steps must not depend on how steps are grouped into time tiles, how cells are grouped
// into boxes, or whether ranks share memory.
#include "base/error.h"
#include "heat_cases.h"
#include "pairwise.h"
#include "support/job_runner.h"
#include "support/stepper_run.h"
#include "support/world.h"
#include "tile_jobs.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace tessera;
using loop::StepTime;
using tile_jobs::Job;

namespace {

std::vector<std::string> with_prefix(const std::string& prefix, const std::vector<std::string>& values) {
  std::vector<std::string> all;
  for (const std::string& v : values) all.push_back(prefix + v);
  return all;
}

/// Returns the overrides that must not affect the results, grouped by factor.
std::vector<std::vector<std::string>> factors(const Job& job) {
  std::vector<std::string> steps{"\"stage\"", "\"auto\""};
  for (const int n : {1, 2, 3, 4, 8}) {
    if (n <= job.max_tile_steps) steps.push_back(std::to_string(n));
  }
  return {with_prefix("performance.steps_per_exchange=", steps),
          with_prefix("performance.transport=", {"\"shared\"", "\"messages\""}),
          with_prefix("domain.chunk=", job.chunks),
          with_prefix("domain.partition=", {"rcb", "sfc"}),
          with_prefix("performance.bricks=", {"true", "false"}),
          with_prefix("performance.tile_rows=", {"0", "5"}),
          with_prefix("performance.streaming=", {"false", "true"}),
          {"performance.balance=false", "performance.balance_every=4"}};
}

/// Overrides for the reference run: one tile per stage, messages and a single chunk.
Overrides reference_overrides(const Job& job) {
  return {"performance.steps_per_exchange=\"stage\"",
          "performance.transport=\"messages\"",
          "domain.chunk=" + job.chunks.front(),
          "performance.tile_rows=0",
          "performance.streaming=false",
          "performance.balance=false",
          "performance.autotune=false"};
}

void check_same_run(const FinishedRun& run, const FinishedRun& reference) {
  CHECK(run.digest == reference.digest);
  CHECK(run.outcome.steps == reference.outcome.steps);
  CHECK(run.outcome.time == reference.outcome.time);
  CHECK(run.outcome.min_dt == reference.outcome.min_dt);
  CHECK(run.outcome.max_dt == reference.outcome.max_dt);
  CHECK(run.outcome.first_diagnostics == reference.outcome.first_diagnostics);
  CHECK(run.outcome.diagnostics == reference.outcome.diagnostics);
  CHECK((run.steps == reference.steps));
  CHECK((run.diagnostics_table == reference.diagnostics_table));
  CHECK((run.probe_table == reference.probe_table));
}

void check_combinations(const Job& job, const FinishedRun& reference, std::size_t max_combinations) {
  for (const Overrides& overrides :
       pairwise_combinations(factors(job), max_combinations, static_cast<unsigned>(job.name.size()))) {
    INFO(job.name << ": " << to_text(overrides));
    const FinishedRun run = run_job(world(), job.toml, overrides);
    check_same_run(run, reference);
    const halo::Traffic& traffic = run.outcome.traffic;
    CHECK(traffic.bytes_between_nodes == 0);  // all ranks are on one node
    if (world().size() == 1) {
      CHECK_FALSE(run.outcome.tiling.shared_memory);
      CHECK(traffic.bytes_sent == 0);
    } else if (run.job.performance.transport == grid::Transport::shared) {
      CHECK(run.outcome.tiling.shared_memory);
      CHECK(traffic.bytes_in_messages == 0);
    } else {
      CHECK_FALSE(run.outcome.tiling.shared_memory);
      CHECK((traffic.bytes_in_messages > 0) == (traffic.bytes_sent > 0));
    }
  }
}

/// Compares runs of a job with many combinations of overrides to the reference run.
void check_job(const Job& job, std::size_t max_combinations) {
  const FinishedRun reference = run_job(world(), job.toml, reference_overrides(job));
  CHECK(reference.outcome.steps > 4);
  CHECK(static_cast<std::int64_t>(reference.steps.size()) == reference.outcome.steps);
  CHECK(reference.diagnostics_table.size() > 1);
  check_combinations(job, reference, max_combinations);
}

void check_all(const std::vector<Job>& jobs, std::size_t max_combinations) {
  for (const Job& job : jobs) check_job(job, max_combinations);
}

/// Returns consecutive steps of varying lengths.
std::vector<StepTime> make_steps(int count, double dt) {
  std::vector<StepTime> steps;
  double time = 0.0;
  for (int n = 0; n < count; ++n) {
    steps.push_back({time, dt * (1.0 - 0.25 * (n % 3))});
    time += steps.back().dt;
  }
  return steps;
}

/// Computes `steps` with the stepper alone and returns the digest of the state.
std::string stepper_digest(const std::string& toml, const Overrides& overrides,
                           const std::vector<StepTime>& steps, int planes, std::mt19937& random) {
  return run_stepper(world(), toml, overrides, steps, planes, random).digest;
}

/// Compares the digests of a job that is computed in tiles with various numbers of steps, rows and planes.
void check_tiles(const Job& job, double dt, int count) {
  std::mt19937 random{5};
  const std::vector<StepTime> steps = make_steps(count, dt);
  const std::string reference = stepper_digest(job.toml, reference_overrides(job), steps, 1000, random);
  const auto pick = [&](const std::vector<std::string>& options) {
    return options[random() % options.size()];
  };
  for (const int tile_steps : {0, 1, 2, 3, 4, 8}) {
    if (tile_steps > job.max_tile_steps) continue;
    for (const int planes : {1, 2, 3, 7}) {
      const Overrides overrides{
          "performance.steps_per_exchange=" + (tile_steps == 0 ? "\"stage\"" : std::to_string(tile_steps)),
          "performance.tile_rows=" + pick({"0", "1", "3", "5"}),
          "performance.streaming=" + pick({"true", "false"}),
          "performance.transport=" + pick({"\"shared\"", "\"shared\"", "\"messages\""}),
          "domain.partition=" + pick({"rcb", "rcb", "sfc"}),
          "performance.bricks=" + pick({"true", "true", "true", "false"}),
          "domain.chunk=" + pick(job.chunks)};
      INFO(job.name << ": planes " << planes << " " << to_text(overrides));
      CHECK(stepper_digest(job.toml, overrides, steps, planes, random) == reference);
    }
  }
}

Job make_tile_job(const heat_cases::Case& c, int steps) {
  Job job{"heat, " + c.name, heat_cases::job_toml(c, steps), c.chunks};
  for (std::string& chunk : job.chunks) {
    if (chunk.front() != '[') chunk = "[" + chunk + "]";
  }
  return job;
}

}  // namespace

TEST_CASE("heat: results with any time tiles match the serial reference bit for bit") {
  constexpr int steps = 23;
  for (heat_cases::Case& c : heat_cases::cases()) {
    c.heat.initialize(heat_cases::initial_value);
    for (int n = 0; n < steps; ++n) c.heat.step(n * heat_cases::dt, heat_cases::dt);
    Job job = make_tile_job(c, steps);
    job.toml += tile_jobs::frequent_diagnostics;
    const FinishedRun reference = run_job(world(), job.toml, reference_overrides(job));
    CHECK(reference.digest == heat_cases::reference_digest(c.heat));
    check_combinations(job, reference, 14);
  }
}

TEST_CASE("heat: the last time tile ends at the end of the run, and the last step may be shorter") {
  heat_cases::Case c = heat_cases::cases()[3];
  const double dt = heat_cases::dt;
  c.heat.initialize(heat_cases::initial_value);
  for (int n = 0; n < 10; ++n) c.heat.step(n * dt, dt);
  c.heat.step(10 * dt, 0.5 * dt);
  for (const char* steps : {"\"stage\"", "1", "3", "4", "8", "11"}) {
    CAPTURE(steps);
    const FinishedRun run =
        run_job(world(), heat_cases::job_toml(c, 100),
                {"time.end=0.01025390625", std::string("performance.steps_per_exchange=") + steps});
    CHECK(run.outcome.steps == 11);
    CHECK(run.outcome.time == 10.5 * dt);
    CHECK(run.outcome.min_dt == 0.5 * dt);
    CHECK(run.outcome.max_dt == dt);
    CHECK(run.digest == heat_cases::reference_digest(c.heat));
  }
}

TEST_CASE("heat: results do not depend on the number of rows and planes per tile") {
  for (const heat_cases::Case& c : heat_cases::cases())
    check_tiles(make_tile_job(c, 100), heat_cases::dt, 13);
}

TEST_CASE("heat: results do not depend on time tiles in a 1-D domain with skewed tiles") {
  const std::string toml = tile_jobs::with_job_table("heat", R"toml([domain]
cells = [30011]
boundary = { west = { fixed = { temperature = "1 + 1000*t" } }, east = "wall" }
[initial]
temperature = "sin(3000*x)"
[time]
max_steps = 21
)toml" + tile_jobs::frequent_diagnostics);
  Job job{"long line", toml, {"[30011]", "[9973]"}};
  check_job(job, 14);
}

TEST_CASE("wide stencils, single precision and three stages: results do not depend on time tiles") {
  check_all(tile_jobs::mix_jobs(), 8);
}

TEST_CASE("wide stencils, single precision and three stages: results do not depend on rows and planes") {
  for (const Job& job : tile_jobs::mix_jobs()) check_tiles(job, 1.0, 4);
}

TEST_CASE("fields written in place: results do not depend on time tiles") {
  check_all(tile_jobs::wave_jobs(), 10);
}

TEST_CASE("fields written in place: results do not depend on the number of rows and planes per tile") {
  for (const Job& job : tile_jobs::wave_jobs()) check_tiles(job, 0.02, 11);
}

TEST_CASE("advection in Fortran: results do not depend on time tiles", "[.needs-fortran]") {
  check_all(tile_jobs::advection_jobs(), 8);
}

TEST_CASE("shallow water: results do not depend on time tiles") { check_all(tile_jobs::lake_jobs(), 8); }

TEST_CASE("shallow water: results do not depend on the number of rows and planes per tile") {
  check_tiles(tile_jobs::lake_jobs()[0], 6.0, 5);
  check_tiles(tile_jobs::lake_jobs()[2], 6.0, 5);
}

TEST_CASE("shallow water with open boundaries: results do not depend on time tiles") {
  check_job(tile_jobs::open_lake_job(), 12);
}

TEST_CASE("shallow water with a fault across a periodic boundary: results do not depend on time tiles") {
  check_job(tile_jobs::globe_job_with_fault(), 12);
}

TEST_CASE("sources that depend on position and time, custom boundaries: results do not depend on tiles") {
  for (const Job& job : tile_jobs::source_jobs()) {
    check_job(job, 10);
    check_tiles(job, 0.25, 7);
  }
}

TEST_CASE("sources that depend on position, periodic boundaries: results do not depend on tiles") {
  for (const Job& job : tile_jobs::periodic_source_jobs()) {
    check_job(job, 10);
    check_tiles(job, 0.25, 7);
  }
}

TEST_CASE("unusual dependencies between stages: results do not depend on tiles") {
  for (const Job& job : tile_jobs::stage_jobs()) {
    check_job(job, 4);
    check_tiles(job, 1.0, 5);
  }
}

TEST_CASE("time-dependent boundary values: results do not depend on tiles") {
  check_job(tile_jobs::time_dependent_boundary_job(), 12);
  check_tiles(tile_jobs::time_dependent_boundary_job(), 0.25, 7);
}

TEST_CASE("computation during a halo exchange: results do not depend on tiles") {
  for (const Job& job : tile_jobs::thick_brick_jobs()) check_tiles(job, 0.02, 7);
}

TEST_CASE("thin bricks next to thick bricks: results do not depend on tiles") {
  std::mt19937 random{9};
  struct ThinBrickCase {
    Job job;
    double dt;
    std::vector<std::string> chunks;  // the last chunk along an axis is 2 or 3 cells thick
  };
  const std::vector<ThinBrickCase> cases{
      {tile_jobs::lake_jobs()[0], 6.0, {"[11, 15]", "[17, 10]", "[33, 31]"}},
      {tile_jobs::mix_jobs()[2], 1.0, {"[17, 23]", "[5, 23]"}}};
  for (const ThinBrickCase& c : cases) {
    const std::vector<StepTime> steps = make_steps(4, c.dt);
    const std::string reference = stepper_digest(c.job.toml, reference_overrides(c.job), steps, 1000, random);
    for (const std::string& chunk : c.chunks) {
      for (const char* tile_steps : {"\"stage\"", "1", "2"}) {
        for (const char* transport : {"shared", "messages"}) {
          const Overrides overrides{std::string("performance.steps_per_exchange=") + tile_steps,
                                    std::string("performance.transport=") + transport,
                                    "domain.chunk=" + chunk, "domain.partition=sfc",
                                    "performance.bricks=false"};
          INFO(c.job.name << ": " << to_text(overrides));
          CHECK(stepper_digest(c.job.toml, overrides, steps, 3, random) == reference);
        }
      }
    }
  }
}

TEST_CASE("a solver that keeps state between steps is advanced one step at a time") {
  const std::string toml = tile_jobs::with_job_table("ordered_steps", R"toml([domain]
cells = [20011]
chunk = 3000
boundary = "wall"
[initial]
u = "sin(9*x)"
[time]
max_steps = 23
)toml");
  for (const char* steps : {"\"auto\"", "\"stage\"", "1"}) {
    for (const char* partition : {"rcb", "sfc"}) {
      CAPTURE(steps, partition);
      const FinishedRun run = run_job(world(), toml,
                                      {std::string("performance.steps_per_exchange=") + steps,
                                       std::string("domain.partition=") + partition});
      CHECK(run.outcome.steps == 23);
      CHECK(run.outcome.tiling.used.steps <= 1);
    }
  }
}

TEST_CASE("a solver that fails within a time tile ends the run on all ranks") {
  const std::string toml = tile_jobs::with_job_table("uses_coordinates", R"toml([domain]
cells = [40, 17]
chunk = [5, 6]
boundary = { x = "periodic", y = "wall" }
upper = [40.0, 17.0]
[parameters]
fails_at = 2.5
fails_x = 35.5
[initial]
u = "sin(x) + y"
[time]
dt = 0.25
max_steps = 23
)toml");
  for (const char* steps : {"8", "3", "\"stage\"", "\"auto\""}) {
    for (const char* transport : {"shared", "messages"}) {
      for (const char* streaming : {"true", "false"}) {
        CAPTURE(steps, transport, streaming);
        std::string text = "no error";
        try {
          run_job(world(), toml,
                  {std::string("performance.steps_per_exchange=") + steps,
                   "performance.transport=\"" + std::string(transport) + '"',
                   std::string("performance.streaming=") + streaming});
        } catch (const base::Error& e) {
          CHECK(e.code() == base::ExitCode::internal);
          text = e.text();
        }
        INFO(text);
        CHECK(
            text.find("the solver `uses_coordinates` failed in stage `push`: the cell fails as requested") !=
            std::string::npos);
        CHECK(text.find("in the step starting at t = 2.5 s") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a solver without halo exchanges that fails within a time tile ends the run on all ranks") {
  const std::string toml = tile_jobs::with_job_table("throws_update", R"toml([domain]
cells = [40]
chunk = 5
boundary = "periodic"
upper = [40.0]
[parameters]
when = 10.0
where_x = 35.5
[initial]
level = 1
[time]
max_steps = 23
)toml");
  for (const char* steps : {"8", "\"stage\""}) {
    CAPTURE(steps);
    std::string text = "no error";
    try {
      run_job(world(), toml, {std::string("performance.steps_per_exchange=") + steps});
    } catch (const base::Error& e) {
      text = e.text();
    }
    CHECK(text.find("the solver `throws_update` failed in stage `keep`: the pump is broken") !=
          std::string::npos);
    CHECK(text.find("in the step starting at t = 10 s") != std::string::npos);
  }
}

TEST_CASE("ghost cells are filled for the time at which each stage reads them") {
  // Each step takes 1 s. At its start and in its middle, the ghost cells must contain u = t and k = 10 t.
  const std::string job = R"(
[job]
name = "times"
solver = "boundary_times"
[domain]
cells = [16]
upper = [16.0]
chunk = [4]
boundary = { west = WEST, east = "outflow" }
[initial]
u = 7.0
k = 9.0
[time]
max_steps = 6
dt = 1.0
[probes]
fields = ["early_u", "early_k", "late_u", "late_k"]
every = "1 step"
[[probes.point]]
name = "edge"
at = [0.5]
)";
  for (const std::string west : {R"({ fixed = { u = "t", k = "10*t" } })", R"("custom")"}) {
    for (const std::string steps : {"\"stage\"", "1", "3"}) {
      INFO(west << ", steps per exchange " << steps);
      std::string text = job;
      text.replace(text.find("WEST"), 4, west);
      const FinishedRun run = run_job(world(), text, {"performance.steps_per_exchange=" + steps});
      if (!world().is_root()) continue;
      REQUIRE(run.probe_table.size() >= 6);
      for (const TableRow& row : run.probe_table) {
        if (row.step == 0) continue;
        const double begin = static_cast<double>(row.step - 1);
        CHECK(row.values == std::vector<double>{begin, 10 * begin, begin + 0.5, 10 * (begin + 0.5)});
      }
    }
  }
}
