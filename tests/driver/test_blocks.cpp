// However steps are cut into blocks, cells into boxes and memory among ranks: the same bits, the same
// tables and the same steps.
#include "base/error.h"
#include "block_jobs.h"
#include "driver/initial_state.h"
#include "heat_cases.h"
#include "support/job_runner.h"
#include "support/world.h"
#include "transport/agreement.h"
#include "ways.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <random>

using namespace tessera;
using block_jobs::Job;
using driver::Blocking;
using driver::StepTime;

namespace {

std::vector<std::string> with_prefix(const std::string& prefix, const std::vector<std::string>& values) {
  std::vector<std::string> all;
  for (const std::string& v : values) all.push_back(prefix + v);
  return all;
}

/// All that may differ from run to run, as overrides.
std::vector<std::vector<std::string>> factors(const Job& job) {
  std::vector<std::string> steps{"\"stage\"", "\"auto\""};
  for (const int n : {1, 2, 3, 4, 8}) {
    if (n <= job.most_steps) steps.push_back(std::to_string(n));
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

/// A stage at a time, with messages, on one chunk.
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
  CHECK(run.outcome.smallest_dt == plain.outcome.smallest_dt);
  CHECK(run.outcome.largest_dt == plain.outcome.largest_dt);
  CHECK(run.outcome.first_diagnostics == plain.outcome.first_diagnostics);
  CHECK(run.outcome.diagnostics == plain.outcome.diagnostics);
  CHECK((run.steps == plain.steps));
  CHECK((run.diagnostics_table == plain.diagnostics_table));
  CHECK((run.probe_table == plain.probe_table));
}

/// Runs a job in many ways against the plain one.
void check_job(const Job& job, std::size_t most) {
  const FinishedRun plain = run_job(world(), job.toml, plain_way(job));
  CHECK(plain.outcome.steps > 4);
  CHECK(static_cast<std::int64_t>(plain.steps.size()) == plain.outcome.steps);
  CHECK(plain.diagnostics_table.size() > 1);
  for (const Way& way : pairwise(factors(job), most, static_cast<unsigned>(job.name.size()))) {
    INFO(job.name << ": " << text_of(way));
    check_same_run(run_job(world(), job.toml, way), plain);
  }
}

void check_jobs(const std::vector<Job>& jobs, std::size_t most) {
  for (const Job& job : jobs) check_job(job, most);
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

/// Takes steps by the stepper alone, in blocks of random lengths and boxes of the given number of layers.
/// Returns the digest.
std::string walk(const std::string& toml, const Way& way, const std::vector<StepTime>& steps, int layers,
                 std::mt19937& random) {
  const LoadedJob loaded = load_job(toml, way);
  const job::SolverSchema& schema = loaded.solver.schema();
  const auto method =
      loaded.job.partitioner == job::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  driver::Decomposition d{
      world(),    loaded.solver,
      loaded.job, partition::make_partition(method, driver::layout_of(loaded.job, schema), world().size()),
      {},         1000};
  driver::fill_initial(loaded.job, schema, d.store());
  driver::PatchTable patches{loaded.solver, d.store()};
  for (std::size_t b = 0; b < d.store().bricks().size(); ++b) {
    loaded.solver.initialize(patches.for_initialize(static_cast<int>(b)),
                             driver::region_of({{}, d.store().bricks()[b].extents()}), 0.0);
  }
  Blocking blocking = d.candidates().front();
  blocking.layers = layers;
  driver::PhaseTimes times;
  d.stepper().prepare(0.0);
  for (std::size_t at = 0; at < steps.size();) {
    std::size_t count = std::max(1, blocking.steps);
    if (random() % 3 == 0) count = 1 + random() % count;
    count = std::min(count, steps.size() - at);
    d.stepper().advance(std::span{steps}.subspan(at, count), blocking, times);
    at += count;
  }
  transport::agree(world(), d.stepper().failure());
  return base::Digest::text(
      driver::state_digest(driver::field_digests(world(), schema, d.store(), loaded.job.geometry.cells)));
}

/// Walks over a job with boxes of all sizes.
void check_walks(const Job& job, double dt, int count) {
  std::mt19937 random{5};
  const std::vector<StepTime> steps = steps_of(count, dt);
  const std::string plain = walk(job.toml, plain_way(job), steps, 1000, random);
  int number = 0;
  for (const int k : {0, 1, 2, 3, 4, 8}) {
    if (k > job.most_steps) continue;
    for (const int layers : {1, 2, 3, 7}) {
      const int rows = std::array{0, 1, 3, 5}[static_cast<std::size_t>(number % 4)];
      Way way{"performance.steps_per_exchange=" + (k == 0 ? "\"stage\"" : std::to_string(k)),
              "performance.tile_rows=" + std::to_string(rows),
              std::string("performance.streaming=") + (number % 3 == 0 ? "true" : "false"),
              std::string("performance.transport=") + (number % 2 == 0 ? "\"shared\"" : "\"messages\""),
              std::string("domain.partition=") + (number % 5 == 4 ? "sfc" : "rcb"),
              "domain.chunk=" + job.chunks[static_cast<std::size_t>(number) % job.chunks.size()]};
      ++number;
      INFO(job.name << ": layers " << layers << " " << text_of(way));
      CHECK(walk(job.toml, way, steps, layers, random) == plain);
    }
  }
}

Job block_job_of(const heat_cases::Case& c, int steps) {
  Job job{"heat, " + c.name, heat_cases::job_of(c, steps), c.chunks};
  for (std::string& chunk : job.chunks) {
    if (chunk.front() != '[') chunk = "[" + chunk + "]";
  }
  return job;
}

}  // namespace

TEST_CASE("heat: any blocks give the bits of the serial reference") {
  constexpr int steps = 23;
  for (heat_cases::Case& c : heat_cases::cases()) {
    c.heat.initialize(heat_cases::initial_value);
    for (int n = 0; n < steps; ++n) c.heat.step(n * heat_cases::dt, heat_cases::dt);
    Job job = block_job_of(c, steps);
    job.toml += block_jobs::cadences;
    const FinishedRun plain = run_job(world(), job.toml, plain_way(job));
    CHECK(plain.digest == heat_cases::digest_of(c.heat));
    for (const Way& way : pairwise(factors(job), 14, static_cast<unsigned>(job.name.size()))) {
      INFO(job.name << ": " << text_of(way));
      check_same_run(run_job(world(), job.toml, way), plain);
    }
  }
}

TEST_CASE("heat: the last block ends with the run, and the last step may be shorter") {
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
    CHECK(run.outcome.smallest_dt == 0.5 * dt);
    CHECK(run.outcome.largest_dt == dt);
    CHECK(run.digest == heat_cases::digest_of(c.heat));
  }
}

TEST_CASE("heat: boxes of any number of rows and layers") {
  for (const heat_cases::Case& c : heat_cases::cases()) check_walks(block_job_of(c, 100), heat_cases::dt, 13);
}

TEST_CASE("heat: a line so long that its blocks are skewed") {
  const std::string toml = block_jobs::with_head("heat", R"toml([domain]
cells = [30011]
boundary = { west = { fixed = { temperature = "1 + 1000*t" } }, east = "wall" }
[initial]
temperature = "sin(3000*x)"
[time]
max_steps = 21
)toml" + block_jobs::cadences);
  Job job{"long line", toml, {"[30011]", "[9973]"}};
  check_job(job, 14);
}

TEST_CASE("wide stencils, floats and three stages: any blocks") { check_jobs(block_jobs::mix_jobs(), 8); }

TEST_CASE("wide stencils, floats and three stages: boxes of any number of rows and layers") {
  for (const Job& job : block_jobs::mix_jobs()) check_walks(job, 1.0, 4);
}

TEST_CASE("fields written in place: any blocks") { check_jobs(block_jobs::wave_jobs(), 10); }

TEST_CASE("fields written in place: boxes of any number of rows and layers") {
  for (const Job& job : block_jobs::wave_jobs()) check_walks(job, 0.02, 11);
}

TEST_CASE("advection in Fortran: any blocks") {
  if (!std::filesystem::exists(TESSERA_TEST_PLUGINS_DIR "/advection_f.so")) return;
  check_jobs(block_jobs::advection_jobs(), 8);
}

TEST_CASE("shallow water: any blocks") { check_jobs(block_jobs::lake_jobs(), 8); }

TEST_CASE("shallow water: boxes of any number of rows and layers") {
  check_walks(block_jobs::lake_jobs()[0], 6.0, 5);
  check_walks(block_jobs::lake_jobs()[2], 6.0, 5);
}

TEST_CASE("shallow water: any blocks beside the open sea") { check_job(block_jobs::open_lake(), 12); }

TEST_CASE("shallow water: a fault across the ends of a periodic axis") {
  check_job(block_jobs::shaken_globe(), 12);
}

TEST_CASE("sources that depend on place and time, custom faces: any blocks") {
  for (const Job& job : block_jobs::place_jobs()) {
    check_job(job, 10);
    check_walks(job, 0.25, 7);
  }
}

TEST_CASE("sources that depend on the place, across the ends of periodic axes") {
  for (const Job& job : block_jobs::periodic_place_jobs()) {
    check_job(job, 10);
    check_walks(job, 0.25, 7);
  }
}

TEST_CASE("faces that depend on time are filled for the time of each stage") {
  check_job(block_jobs::timed_faces(), 12);
  check_walks(block_jobs::timed_faces(), 0.25, 7);
}

TEST_CASE("a solver that fails within a block ends the run on all ranks") {
  const std::string toml = block_jobs::with_head("throws_update", R"toml([domain]
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
  for (const char* steps : {"8", "3", "\"stage\"", "\"auto\""}) {
    for (const char* transport : {"shared", "messages"}) {
      CAPTURE(steps, transport);
      std::string text = "no error";
      try {
        run_job(world(), toml,
                {std::string("performance.steps_per_exchange=") + steps,
                 "performance.transport=\"" + std::string(transport) + '"'});
      } catch (const base::Error& e) {
        CHECK(e.code() == base::ExitCode::internal);
        text = e.text();
      }
      CHECK(text.find("the solver `throws_update` failed in stage `keep`: the pump is broken") !=
            std::string::npos);
      CHECK(text.find("in the step from t = 10 s") != std::string::npos);
    }
  }
}
