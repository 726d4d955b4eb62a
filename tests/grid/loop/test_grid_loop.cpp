// A loop that is stopped at any step and another that resumes from its state together compute the same as an
// uninterrupted loop.
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

/// A wave whose stable time step is kept for three steps, with diagnostics, fields and probes.
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

/// Everything that a loop passes to its outputs.
struct Record : loop::Outputs {
  std::vector<TableRow> steps;
  std::vector<TableRow> diagnostic_rows;
  std::vector<TableRow> probe_rows;
  std::vector<std::int64_t> field_steps;

  void stepped(std::int64_t step, double time, double dt) override { steps.push_back({step, time, {dt}}); }
  void diagnostics(const loop::Instant& instant, const std::vector<double>& values) override {
    diagnostic_rows.push_back({instant.step, instant.time, values});
  }
  void probes(const loop::Instant& instant) override {
    probe_rows.push_back({instant.step, instant.time, instant.probes.records().front().values});
  }
  void fields(const loop::Instant& instant) override { field_steps.push_back(instant.step); }

  friend bool operator==(const Record& a, const Record& b) {
    return a.steps == b.steps && a.diagnostic_rows == b.diagnostic_rows && a.probe_rows == b.probe_rows &&
           a.field_steps == b.field_steps;
  }
};

std::uint64_t digest_of(const loop::GridLoop& loop, const LoadedJob& loaded) {
  return loop::state_digest(
      loop::field_digests(world(), loaded.solver.schema(), loop.store(), loaded.job.geometry.cells));
}

/// The values of the state and constant fields of this rank, by brick.
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

SavedFields save(const field::FieldStore& store, const solver::SolverSchema& schema) {
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
  Record record;
  std::uint64_t digest = 0;
  loop::LoopReport report;
};

CompleteRun run_complete(const LoadedJob& loaded) {
  CompleteRun complete;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, complete.record};
  loop.begin();
  while (!loop.advance({}).done) {
  }
  complete.report = loop.report();
  complete.digest = digest_of(loop, loaded);
  return complete;
}

}  // namespace

TEST_CASE("a loop that is stopped at any step computes the same") {
  // Without load balancing, because saved fields can be restored only if no chunk has migrated.
  const LoadedJob loaded = load_job(job_text, {"performance.balance=false"});
  const CompleteRun complete = run_complete(loaded);
  REQUIRE(complete.report.steps > 20);
  REQUIRE(complete.record.field_steps.size() == 6);
  const solver::SolverSchema& schema = loaded.solver.schema();
  for (const std::int64_t stop :
       {std::int64_t{1}, std::int64_t{5}, std::int64_t{7}, complete.report.steps - 1}) {
    CAPTURE(stop);
    Record record;
    loop::GridLoop first{world(), loaded.solver, loaded.job, record};
    first.begin();
    while (first.advance({stop, 0}).step < stop) {
    }
    CHECK(first.point().step == stop);
    CHECK_FALSE(first.point().done);
    first.prepare_save();
    const SavedFields saved = save(first.store(), schema);
    const loop::LoopState state =
        loop::decode_loop_state(loop::encode(first.state()), "the state of the first loop");

    loop::GridLoop second{world(), loaded.solver, loaded.job, record};
    loop::fill_defaults(loaded.job.geometry, schema, second.store());
    restore_fields(saved, second.store(), schema);
    second.restore(state, first.costs());
    CHECK(second.point().step == stop);
    CHECK(second.state() == state);
    CHECK(digest_of(second, loaded) == digest_of(first, loaded));
    while (!second.advance({}).done) {
    }
    CHECK((record == complete.record));
    CHECK(digest_of(second, loaded) == complete.digest);
    const loop::LoopReport& report = second.report();
    CHECK(report.first_step == stop);
    CHECK(report.steps == complete.report.steps);
    CHECK(report.min_dt == complete.report.min_dt);
    CHECK(report.max_dt == complete.report.max_dt);
    CHECK(report.first_diagnostics == complete.report.first_diagnostics);
    CHECK(report.diagnostics == complete.report.diagnostics);
    CHECK(second.probes().states().front() == second.state().probes.front());
  }
}

TEST_CASE("saving in between changes nothing, also when chunks move") {
  const LoadedJob loaded = load_job(job_text);
  const CompleteRun complete = run_complete(load_job(job_text, {"performance.balance=false"}));
  Record record;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, record};
  loop.begin();
  while (!loop.point().done) {
    const std::int64_t stop = loop.point().step + 2;
    CHECK(loop.advance({stop, 0}).step <= stop);
    if (!loop.point().done) loop.prepare_save();
  }
  CHECK((record == complete.record));
  CHECK(digest_of(loop, loaded) == complete.digest);
}

TEST_CASE("a request is known to all ranks at the end of the next call") {
  const LoadedJob loaded = load_job(job_text);
  const CompleteRun complete = run_complete(loaded);
  for (int rank = 0; rank < world().size(); ++rank) {
    Record record;
    loop::GridLoop loop{world(), loaded.solver, loaded.job, record};
    loop.begin();
    CHECK(loop.point().requests == 0u);
    const unsigned own = world().rank() == rank ? work::stop : 0u;
    CHECK(loop.advance({2, own}).requests == 0u);
    CHECK(loop.advance({4, 0}).requests == work::stop);
    CHECK(loop.advance({6, 0}).requests == 0u);
    while (!loop.advance({}).done) {
    }
    CHECK((record == complete.record));
  }
}

TEST_CASE("a report before the end is that of a loop that stopped") {
  const LoadedJob loaded = load_job(job_text);
  Record record;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, record};
  loop.begin();
  loop.advance({3, 0});
  const std::int64_t step = loop.point().step;
  const loop::LoopReport report = loop.report();
  CHECK(report.steps == step);
  CHECK(report.first_step == 0);
  CHECK(report.time == record.steps.back().time);
  CHECK(report.field_bytes == loop.store().bytes());
  CHECK(record.steps.size() == static_cast<std::size_t>(step));
  CHECK_FALSE(loop.point().done);
}

TEST_CASE("a state that is not finite is not saved") {
  const LoadedJob loaded = load_job(R"toml(
[job]
name = "still"
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
  Record record;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, record};
  loop.begin();
  loop.prepare_save();
  while (loop.advance({4, 0}).step < 4) {
  }
  try {
    loop.prepare_save();
    FAIL("it is saved");
  } catch (const transport::AgreedError& e) {
    CHECK(e.code() == base::ExitCode::internal);
    CHECK(e.message().find("is not finite at cell (7, 5, 0)") != std::string::npos);
  }
}
