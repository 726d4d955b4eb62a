// Results, tables and steps do not depend on how steps are grouped into time tiles, how cells are grouped
// into boxes, or whether ranks share memory.
#include "base/error.h"
#include "heat_cases.h"
#include "support/job_runner.h"
#include "support/walker.h"
#include "support/world.h"
#include "tile_jobs.h"
#include "ways.h"

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

/// The settings that must not affect the results, as overrides.
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

/// One tile per stage, with messages, in one chunk.
Way plain_way(const Job& job) {
  return {"performance.steps_per_exchange=\"stage\"",
          "performance.transport=\"messages\"",
          "domain.chunk=" + job.chunks.front(),
          "performance.tile_rows=0",
          "performance.streaming=false",
          "performance.balance=false",
          "performance.autotune=false"};
}

void check_same_run(const FinishedRun& run, const FinishedRun& plain) {
  CHECK(run.digest == plain.digest);
  CHECK(run.outcome.steps == plain.outcome.steps);
  CHECK(run.outcome.time == plain.outcome.time);
  CHECK(run.outcome.min_dt == plain.outcome.min_dt);
  CHECK(run.outcome.max_dt == plain.outcome.max_dt);
  CHECK(run.outcome.first_diagnostics == plain.outcome.first_diagnostics);
  CHECK(run.outcome.diagnostics == plain.outcome.diagnostics);
  CHECK((run.steps == plain.steps));
  CHECK((run.diagnostics_table == plain.diagnostics_table));
  CHECK((run.probe_table == plain.probe_table));
}

void check_ways(const Job& job, const FinishedRun& plain, std::size_t max_ways) {
  for (const Way& way : pairwise(factors(job), max_ways, static_cast<unsigned>(job.name.size()))) {
    INFO(job.name << ": " << text_of(way));
    const FinishedRun run = run_job(world(), job.toml, way);
    check_same_run(run, plain);
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

/// Compares runs of a job in many ways with the plain run.
void check_job(const Job& job, std::size_t max_ways) {
  const FinishedRun plain = run_job(world(), job.toml, plain_way(job));
  CHECK(plain.outcome.steps > 4);
  CHECK(static_cast<std::int64_t>(plain.steps.size()) == plain.outcome.steps);
  CHECK(plain.diagnostics_table.size() > 1);
  check_ways(job, plain, max_ways);
}

void check_jobs(const std::vector<Job>& jobs, std::size_t max_ways) {
  for (const Job& job : jobs) check_job(job, max_ways);
}

/// Steps of several lengths.
std::vector<StepTime> steps_of(int count, double dt) {
  std::vector<StepTime> steps;
  double time = 0.0;
  for (int n = 0; n < count; ++n) {
    steps.push_back({time, dt * (1.0 - 0.25 * (n % 3))});
    time += steps.back().dt;
  }
  return steps;
}

/// The digest after steps with the stepper alone.
std::string walk(const std::string& toml, const Way& way, const std::vector<StepTime>& steps, int planes,
                 std::mt19937& random) {
  return walk_job(world(), toml, way, steps, planes, random).digest;
}

/// Compares the digests of a job for tiles with many numbers of steps, rows and planes.
void check_walks(const Job& job, double dt, int count) {
  std::mt19937 random{5};
  const std::vector<StepTime> steps = steps_of(count, dt);
  const std::string plain = walk(job.toml, plain_way(job), steps, 1000, random);
  const auto one_of = [&](const std::vector<std::string>& words) { return words[random() % words.size()]; };
  for (const int k : {0, 1, 2, 3, 4, 8}) {
    if (k > job.max_tile_steps) continue;
    for (const int planes : {1, 2, 3, 7}) {
      const Way way{"performance.steps_per_exchange=" + (k == 0 ? "\"stage\"" : std::to_string(k)),
                    "performance.tile_rows=" + one_of({"0", "1", "3", "5"}),
                    "performance.streaming=" + one_of({"true", "false"}),
                    "performance.transport=" + one_of({"\"shared\"", "\"shared\"", "\"messages\""}),
                    "domain.partition=" + one_of({"rcb", "rcb", "sfc"}),
                    "performance.bricks=" + one_of({"true", "true", "true", "false"}),
                    "domain.chunk=" + one_of(job.chunks)};
      INFO(job.name << ": planes " << planes << " " << text_of(way));
      CHECK(walk(job.toml, way, steps, planes, random) == plain);
    }
  }
}

Job tile_job_of(const heat_cases::Case& c, int steps) {
  Job job{"heat, " + c.name, heat_cases::job_of(c, steps), c.chunks};
  for (std::string& chunk : job.chunks) {
    if (chunk.front() != '[') chunk = "[" + chunk + "]";
  }
  return job;
}

}  // namespace

TEST_CASE("heat: any time tiles give the bits of the serial reference") {
  constexpr int steps = 23;
  for (heat_cases::Case& c : heat_cases::cases()) {
    c.heat.initialize(heat_cases::initial_value);
    for (int n = 0; n < steps; ++n) c.heat.step(n * heat_cases::dt, heat_cases::dt);
    Job job = tile_job_of(c, steps);
    job.toml += tile_jobs::cadences;
    const FinishedRun plain = run_job(world(), job.toml, plain_way(job));
    CHECK(plain.digest == heat_cases::digest_of(c.heat));
    check_ways(job, plain, 14);
  }
}

TEST_CASE("heat: the last time tile ends with the run, and the last step may be shorter") {
  heat_cases::Case c = heat_cases::cases()[3];
  const double dt = heat_cases::dt;
  c.heat.initialize(heat_cases::initial_value);
  for (int n = 0; n < 10; ++n) c.heat.step(n * dt, dt);
  c.heat.step(10 * dt, 0.5 * dt);
  for (const char* steps : {"\"stage\"", "1", "3", "4", "8", "11"}) {
    CAPTURE(steps);
    const FinishedRun run =
        run_job(world(), heat_cases::job_of(c, 100),
                {"time.end=0.01025390625", std::string("performance.steps_per_exchange=") + steps});
    CHECK(run.outcome.steps == 11);
    CHECK(run.outcome.time == 10.5 * dt);
    CHECK(run.outcome.min_dt == 0.5 * dt);
    CHECK(run.outcome.max_dt == dt);
    CHECK(run.digest == heat_cases::digest_of(c.heat));
  }
}

TEST_CASE("heat: boxes of any number of rows and planes") {
  for (const heat_cases::Case& c : heat_cases::cases()) check_walks(tile_job_of(c, 100), heat_cases::dt, 13);
}

TEST_CASE("heat: a line so long that its tiles are skewed") {
  const std::string toml = tile_jobs::with_head("heat", R"toml([domain]
cells = [30011]
boundary = { west = { fixed = { temperature = "1 + 1000*t" } }, east = "wall" }
[initial]
temperature = "sin(3000*x)"
[time]
max_steps = 21
)toml" + tile_jobs::cadences);
  Job job{"long line", toml, {"[30011]", "[9973]"}};
  check_job(job, 14);
}

TEST_CASE("wide stencils, floats and three stages: any time tiles") { check_jobs(tile_jobs::mix_jobs(), 8); }

TEST_CASE("wide stencils, floats and three stages: boxes of any number of rows and planes") {
  for (const Job& job : tile_jobs::mix_jobs()) check_walks(job, 1.0, 4);
}

TEST_CASE("fields written in place: any time tiles") { check_jobs(tile_jobs::wave_jobs(), 10); }

TEST_CASE("fields written in place: boxes of any number of rows and planes") {
  for (const Job& job : tile_jobs::wave_jobs()) check_walks(job, 0.02, 11);
}

TEST_CASE("advection in Fortran: any time tiles", "[.needs-fortran]") {
  check_jobs(tile_jobs::advection_jobs(), 8);
}

TEST_CASE("shallow water: any time tiles") { check_jobs(tile_jobs::lake_jobs(), 8); }

TEST_CASE("shallow water: boxes of any number of rows and planes") {
  check_walks(tile_jobs::lake_jobs()[0], 6.0, 5);
  check_walks(tile_jobs::lake_jobs()[2], 6.0, 5);
}

TEST_CASE("shallow water: any time tiles beside the open sea") { check_job(tile_jobs::open_lake(), 12); }

TEST_CASE("shallow water: a fault across the ends of a periodic axis") {
  check_job(tile_jobs::shaken_globe(), 12);
}

TEST_CASE("sources that depend on place and time, custom faces: any time tiles") {
  for (const Job& job : tile_jobs::place_jobs()) {
    check_job(job, 10);
    check_walks(job, 0.25, 7);
  }
}

TEST_CASE("sources that depend on the place, across the ends of periodic axes") {
  for (const Job& job : tile_jobs::periodic_place_jobs()) {
    check_job(job, 10);
    check_walks(job, 0.25, 7);
  }
}

TEST_CASE("stages that read and write each other's fields in unusual ways") {
  for (const Job& job : tile_jobs::stage_jobs()) {
    check_job(job, 4);
    check_walks(job, 1.0, 5);
  }
}

TEST_CASE("faces that depend on time are filled for the time of each stage") {
  check_job(tile_jobs::timed_faces(), 12);
  check_walks(tile_jobs::timed_faces(), 0.25, 7);
}

TEST_CASE("bricks thick enough to be computed while messages are under way") {
  for (const Job& job : tile_jobs::thick_jobs()) check_walks(job, 0.02, 7);
}

TEST_CASE("thin bricks at a face that wait for others, beside thick ones that do not") {
  std::mt19937 random{9};
  struct Thin {
    Job job;
    double dt;
    std::vector<std::string> chunks;  // the last chunk along an axis is 2 or 3 cells thick
  };
  const std::vector<Thin> all{{tile_jobs::lake_jobs()[0], 6.0, {"[11, 15]", "[17, 10]", "[33, 31]"}},
                              {tile_jobs::mix_jobs()[2], 1.0, {"[17, 23]", "[5, 23]"}}};
  for (const Thin& thin : all) {
    const std::vector<StepTime> steps = steps_of(4, thin.dt);
    const std::string plain = walk(thin.job.toml, plain_way(thin.job), steps, 1000, random);
    for (const std::string& chunk : thin.chunks) {
      for (const char* k : {"\"stage\"", "1", "2"}) {
        for (const char* transport : {"shared", "messages"}) {
          const Way way{std::string("performance.steps_per_exchange=") + k,
                        std::string("performance.transport=") + transport, "domain.chunk=" + chunk,
                        "domain.partition=sfc", "performance.bricks=false"};
          INFO(thin.job.name << ": " << text_of(way));
          CHECK(walk(thin.job.toml, way, steps, 3, random) == plain);
        }
      }
    }
  }
}

TEST_CASE("a solver that remembers takes its steps one at a time") {
  const std::string toml = tile_jobs::with_head("remembers", R"toml([domain]
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
  const std::string toml = tile_jobs::with_head("places", R"toml([domain]
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
        CHECK(text.find("the solver `places` failed in stage `push`: this is no place to be") !=
              std::string::npos);
        CHECK(text.find("in the step starting at t = 2.5 s") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a solver without neighbours that fails within a time tile ends the run on all ranks") {
  const std::string toml = tile_jobs::with_head("throws_update", R"toml([domain]
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
  // Steps of 1 s: the ghost cells hold t (u) and 10 t (k), in each step at its start and at its middle.
  const std::string job = R"(
[job]
name = "times"
solver = "boundary_times"
[domain]
cells = [16]
upper = [16.0]
chunk = [4]
boundary = { west = LOWER, east = "outflow" }
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
  for (const std::string lower : {R"({ fixed = { u = "t", k = "10*t" } })", R"("custom")"}) {
    for (const std::string steps : {"\"stage\"", "1", "3"}) {
      INFO(lower << ", steps per exchange " << steps);
      std::string text = job;
      text.replace(text.find("LOWER"), 5, lower);
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
