// A loop that stops at any step and a second loop that resumes from its state must together compute the same
// results as an uninterrupted loop.
#include "base/error.h"
#include "grid/field/copy.h"
#include "grid/loop/grid_loop.h"
#include "grid/loop/initial_state.h"
#include "grid/loop/state_digest.h"
#include "support/job_runner.h"
#include "support/world.h"
#include "transport/agreement.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace tessera;

namespace {

/// A shallow-water wave with a stable time step that is reused for three steps, and with diagnostics, field
/// output and probes.
const std::string job_text = R"toml(
[job]
name = "wave"
solver = "shallow_water"
[domain]
cells = [24, 18]
upper = [24000.0, 18000.0]
chunk = [6, 6]
boundary = "wall"
[initial]
bed = "-100 - x/1000"
surface = "2*exp(-((x - 9000)^2 + (y - 7000)^2)/4e6)"
[time]
end = 400.0
cfl = 0.5
cfl_every = 3
[diagnostics]
every = "5 steps"
[output]
every = "90 s"
fields = ["surface"]
[probes]
fields = ["surface"]
every = "20 s"
arrival = { field = "surface", above = 0.05 }
[[probes.point]]
name = "p"
at = [20000.0, 15000.0]
[performance]
balance_every = 4
)toml";

/// Records the results that a loop passes to its outputs.
struct RecordedOutputs : loop::Outputs {
  std::vector<TableRow> steps;
  std::vector<TableRow> diagnostic_rows;
  std::vector<TableRow> probe_rows;
  std::vector<std::int64_t> field_steps;

  void on_step(std::int64_t step, double time, double dt) override { steps.push_back({step, time, {dt}}); }
  void on_diagnostics(const loop::StateView& state, const std::vector<double>& values) override {
    diagnostic_rows.push_back({state.step, state.time, values});
  }
  void on_probes(const loop::StateView& state) override {
    probe_rows.push_back({state.step, state.time, state.probes.records().front().values});
  }
  void on_fields(const loop::StateView& state) override { field_steps.push_back(state.step); }

  friend bool operator==(const RecordedOutputs& a, const RecordedOutputs& b) {
    return a.steps == b.steps && a.diagnostic_rows == b.diagnostic_rows && a.probe_rows == b.probe_rows &&
           a.field_steps == b.field_steps;
  }
};

std::uint64_t digest_of(const loop::GridLoop& loop, const LoadedJob& loaded) {
  return loop::state_digest(
      loop::field_digests(world(), loaded.solver.schema(), loop.store(), loaded.job.geometry.cells));
}

/// Values of the state and constant fields of this rank: one entry per brick and field.
using SavedFields = std::vector<std::vector<std::byte>>;

bool is_saved(const solver::FieldSchema& field) {
  return field.kind == solver::FieldKind::state || field.kind == solver::FieldKind::constant;
}

template <class Store, class F>
void for_each_saved(Store& store, const solver::SolverSchema& schema, F f) {
  for (std::size_t b = 0; b < store.bricks().size(); ++b) {
    for (std::size_t n = 0; n < schema.fields.size(); ++n) {
      if (!is_saved(schema.fields[n])) continue;
      f(store.current(static_cast<int>(b), static_cast<int>(n)), grid::Box{{}, store.bricks()[b].extents()});
    }
  }
}

SavedFields save_fields(const field::FieldStore& store, const solver::SolverSchema& schema) {
  SavedFields saved;
  for_each_saved(store, schema, [&](const field::ConstFieldView& view, const grid::Box& cells) {
    saved.emplace_back(field::packed_bytes(view, cells));
    field::pack(view, cells, saved.back().data());
  });
  return saved;
}

void restore_fields(const SavedFields& saved, field::FieldStore& store, const solver::SolverSchema& schema) {
  std::size_t n = 0;
  for_each_saved(store, schema, [&](const field::FieldView& view, const grid::Box& cells) {
    field::unpack(saved[n++].data(), view, cells);
  });
}

struct CompleteRun {
  RecordedOutputs outputs;
  std::uint64_t digest = 0;
  loop::LoopReport report;
};

CompleteRun run_to_end(const LoadedJob& loaded) {
  CompleteRun complete;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, complete.outputs};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  complete.report = loop.report();
  complete.digest = digest_of(loop, loaded);
  return complete;
}

}  // namespace

TEST_CASE("a loop that is stopped at any step and resumed computes the same results") {
  // Without load balancing, because saved fields can be restored only if no chunk has migrated.
  const LoadedJob loaded = load_job(job_text, {"performance.balance=false"});
  const CompleteRun complete = run_to_end(loaded);
  REQUIRE(complete.report.steps > 20);
  REQUIRE(complete.outputs.field_steps.size() == 6);
  const solver::SolverSchema& schema = loaded.solver.schema();
  for (const std::int64_t stop :
       {std::int64_t{1}, std::int64_t{5}, std::int64_t{7}, complete.report.steps - 1}) {
    CAPTURE(stop);
    RecordedOutputs outputs;
    loop::GridLoop first{world(), loaded.solver, loaded.job, outputs};
    first.begin();
    while (first.advance({stop, 0}).step < stop) {
    }
    CHECK(first.point().step == stop);
    CHECK_FALSE(first.point().done);
    first.prepare_save();
    const SavedFields saved = save_fields(first.store(), schema);
    const loop::LoopState state =
        loop::decode_loop_state(loop::encode(first.state()), "the state of the first loop");

    loop::GridLoop second{world(), loaded.solver, loaded.job, outputs};
    loop::fill_defaults(loaded.job.geometry, schema, second.store());
    restore_fields(saved, second.store(), schema);
    second.restore(state, first.costs());
    CHECK(second.point().step == stop);
    CHECK(second.state() == state);
    CHECK(digest_of(second, loaded) == digest_of(first, loaded));
    while (!second.advance({}).done) {
    }
    CHECK((outputs == complete.outputs));
    CHECK(digest_of(second, loaded) == complete.digest);
    const loop::LoopReport& report = second.report();
    CHECK(report.first_step == stop);
    CHECK(report.steps == complete.report.steps);
    CHECK(report.min_dt == complete.report.min_dt);
    CHECK(report.max_dt == complete.report.max_dt);
    CHECK(report.first_diagnostics == complete.report.first_diagnostics);
    CHECK(report.diagnostics == complete.report.diagnostics);
    CHECK(second.probes().saved().front() == second.state().probes.front());
  }
}

TEST_CASE("without shortened steps, fields follow at the end of a step, and the run ends exactly") {
  const std::string free_steps = "time.shorten_steps=false";
  const CompleteRun run = run_to_end(load_job(job_text, {free_steps}));
  const CompleteRun without_fields = run_to_end(load_job(job_text, {free_steps, "output.every=\"never\""}));
  CHECK(run.outputs.steps == without_fields.outputs.steps);
  CHECK(run.digest == without_fields.digest);
  CHECK(run.outputs.steps.back().time == 400.0);
  std::vector<std::int64_t> expected{0};
  double due = 90.0;
  for (const TableRow& step : run.outputs.steps) {
    if (step.time < due) continue;
    CHECK(step.time != due);
    expected.push_back(step.step);
    due += 90.0;
  }
  expected.push_back(run.outputs.steps.back().step);
  CHECK(expected.size() == 6);
  CHECK(run.outputs.field_steps == expected);
  CHECK(run.outputs.steps != run_to_end(load_job(job_text)).outputs.steps);
}

TEST_CASE("saving during a run does not change the results, even if chunks migrate") {
  const LoadedJob loaded = load_job(job_text);
  const CompleteRun complete = run_to_end(load_job(job_text, {"performance.balance=false"}));
  RecordedOutputs outputs;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, outputs};
  loop.begin();
  while (!loop.point().done) {
    const std::int64_t stop = loop.point().step + 2;
    CHECK(loop.advance({stop, 0}).step <= stop);
    if (!loop.point().done) loop.prepare_save();
  }
  CHECK((outputs == complete.outputs));
  CHECK(digest_of(loop, loaded) == complete.digest);
}

TEST_CASE("a request by any rank reaches all ranks in the next call of advance()") {
  const LoadedJob loaded = load_job(job_text);
  const CompleteRun complete = run_to_end(loaded);
  for (int rank = 0; rank < world().size(); ++rank) {
    RecordedOutputs outputs;
    loop::GridLoop loop{world(), loaded.solver, loaded.job, outputs};
    loop.begin();
    CHECK(loop.point().requests == 0u);
    const unsigned own = world().rank() == rank ? work::stop : 0u;
    CHECK(loop.advance({2, own}).requests == 0u);
    CHECK(loop.advance({4, 0}).requests == work::stop);
    CHECK(loop.advance({6, 0}).requests == 0u);
    while (!loop.advance({}).done) {
    }
    CHECK((outputs == complete.outputs));
  }
}

TEST_CASE("a report before the end of the run covers the steps so far") {
  const LoadedJob loaded = load_job(job_text);
  RecordedOutputs outputs;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, outputs};
  loop.begin();
  loop.advance({3, 0});
  const std::int64_t step = loop.point().step;
  const loop::LoopReport report = loop.report();
  CHECK(report.steps == step);
  CHECK(report.first_step == 0);
  CHECK(report.time == outputs.steps.back().time);
  CHECK(report.field_bytes == loop.store().bytes());
  CHECK(outputs.steps.size() == static_cast<std::size_t>(step));
  CHECK_FALSE(loop.point().done);
}

TEST_CASE("a state that is not finite cannot be saved") {
  const LoadedJob loaded = load_job(R"toml(
[job]
name = "steady"
solver = "makes_nan"
[domain]
cells = [12, 10]
upper = [12.0, 10.0]
chunk = [3, 4]
boundary = "outflow"
[parameters]
when = 1.0
i = 7
j = 5
[initial]
level = 1
[time]
max_steps = 9
[health]
every = "never"
[performance]
steps_per_exchange = 1
)toml");
  RecordedOutputs outputs;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, outputs};
  loop.begin();
  loop.prepare_save();
  while (loop.advance({4, 0}).step < 4) {
  }
  try {
    loop.prepare_save();
    FAIL("no error");
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::internal);
    CHECK(e.message().find("is not finite at cell (7, 5)") != std::string::npos);
  }
}
