// Statistics over a run: their values in every cell are those of a serial reference that replays the recorded
// states of the run.
#include "grid/job/statistic_fields.h"
#include "grid/loop/grid_loop.h"
#include "grid/loop/initial_state.h"
#include "support/job_runner.h"
#include "support/world.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace tessera;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Waves with state, constant and derived fields, and with diagnostics after every step, so that the derived
/// fields are up to date whenever the test reads them.
const std::string waves = R"toml(
[job]
name = "waves"
solver = "shallow_water"
[domain]
cells = [20, 14]
upper = [20000.0, 14000.0]
chunk = [5, 7]
boundary = "wall"
[initial]
bed = "-100 - x/1000"
surface = "2*exp(-((x - 9000)^2 + (y - 7000)^2)/4e6)"
[time]
end = 150.0
cfl = 0.5
[diagnostics]
every = "1 step"
[performance]
balance_every = 4
)toml";

std::string statistic(const std::string& keys) { return "[[output.statistic]]\n" + keys + "\n"; }

const std::string wave_statistics =
    statistic("name = \"peak\"\nof = \"surface\"\nstatistic = \"max\"") +
    statistic("of = \"momentum_x\"\nstatistic = \"min\"") +
    statistic("name = \"usual\"\nof = \"speed\"\nstatistic = \"mean\"") +
    statistic(
        "name = \"arrival\"\nof = \"max(surface - bed, 0) * gravity\"\n"
        "statistic = \"first_above\"\nabove = 1026") +
    statistic("name = \"late\"\nof = \"surface + t + x/y\"\nstatistic = \"max\"");

/// Mixes fields of both precisions, one of which has three components.
const std::string mix = R"toml(
[job]
name = "mix"
solver = "mix"
[domain]
cells = [9, 7, 6]
chunk = [4, 4, 3]
upper = [9.0, 7.0, 6.0]
boundary = "periodic"
[initial]
a = "sin(3*x) + 0.1*y"
b = ["cos(x)", "sin(7*y)", "z/(1 + x*x)"]
[time]
max_steps = 12
[diagnostics]
every = "1 step"
[performance]
balance_every = 3
)toml";

const std::string mix_statistics =
    statistic("of = \"b\"\ncomponent = 2\nstatistic = \"mean\"") +
    statistic("of = \"b\"\nstatistic = \"max\"") + statistic("of = \"a\"\nstatistic = \"mean\"") +
    statistic("name = \"rise\"\nof = \"a\"\nstatistic = \"first_above\"\nabove = 0.2");

/// The state after each step of a run, and the initial state. The fields are complete only on rank 0.
struct History {
  std::vector<std::int64_t> steps;
  std::vector<double> times;
  std::vector<std::vector<std::vector<std::vector<double>>>> fields;  ///< [state][field][component][cell]
  solver::SolverSchema schema;
  grid::Geometry geometry;

  const std::vector<double>& values(std::size_t state, const std::string& field, int component = 0) const {
    return fields.at(state)
        .at(static_cast<std::size_t>(schema.field_index(field)))
        .at(static_cast<std::size_t>(component));
  }
};

struct NoOutputs : loop::Outputs {
  std::vector<std::string> warnings;
  void on_warning(const std::string& problem, const std::string&) override { warnings.push_back(problem); }
};

void record(const loop::GridLoop& loop, History& history) {
  history.steps.push_back(loop.point().step);
  history.times.push_back(*loop.point().time);
  history.fields.push_back(gather_fields(world(), history.schema, loop.store(), history.geometry));
}

History history_of(const LoadedJob& loaded) {
  History history;
  history.schema = loaded.solver.schema();
  history.geometry = loaded.job.geometry;
  NoOutputs outputs;
  loop::GridLoop loop{world(), loaded.solver, loaded.job, outputs};
  loop.begin();
  record(loop, history);
  while (!loop.point().done) {
    loop.advance({loop.point().step + 1, 0});
    record(loop, history);
  }
  return history;
}

/// A value of a cell in a recorded state.
using Value = std::function<double(std::size_t state, std::size_t cell)>;

Value value_of(const History& h, const std::string& field, int component = 0) {
  return [&h, field, component](std::size_t state, std::size_t cell) {
    return h.values(state, field, component)[cell];
  };
}

using Update = std::function<double(const std::vector<double>& times, const std::vector<double>& values)>;

double maximum(const std::vector<double>&, const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}
double minimum(const std::vector<double>&, const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
double mean(const std::vector<double>& times, const std::vector<double>& values) {
  double result = values[0];
  for (std::size_t n = 1; n < values.size(); ++n) {
    const double fraction = (times[n] - times[n - 1]) / (times[n] - times[0]);
    result = fraction == 1.0 ? values[n] : result + (values[n] - result) * fraction;
  }
  return result;
}
/// The same quantity from sums, which is subject to other rounding errors.
double plain_mean(const std::vector<double>& times, const std::vector<double>& values) {
  long double sum = 0.0;
  for (std::size_t n = 1; n < values.size(); ++n)
    sum += static_cast<long double>(values[n]) * (times[n] - times[n - 1]);
  return static_cast<double>(sum / (times.back() - times[0]));
}
Update first_above(double threshold) {
  return [threshold](const std::vector<double>& times, const std::vector<double>& values) {
    for (std::size_t n = 0; n < values.size(); ++n) {
      if (values[n] > threshold) return times[n];
    }
    return none;
  };
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

/// The number of cells in which the field `name` of recorded state `state` is not what `update` computes from
/// the values in the states `samples`; on rank 0, elsewhere 0. The difference may be up to `tolerance`.
std::int64_t wrong_cells(const History& h, std::size_t state, const std::string& name,
                         const std::vector<std::size_t>& samples, const Update& update, const Value& value,
                         double tolerance = 0.0) {
  if (!world().is_root()) return 0;
  std::int64_t wrong = 0;
  const std::vector<double>& results = h.values(state, name);
  REQUIRE(results.size() == static_cast<std::size_t>(h.geometry.domain().volume()));
  for (std::size_t cell = 0; cell < results.size(); ++cell) {
    std::vector<double> times;
    std::vector<double> values;
    for (const std::size_t s : samples) {
      times.push_back(h.times[s]);
      values.push_back(value(s, cell));
    }
    const double expected = update(times, values);
    const bool equal = tolerance == 0.0 ? same_bits(results[cell], expected)
                                        : std::abs(results[cell] - expected) <= tolerance;
    if (!equal) ++wrong;
  }
  return wrong;
}

/// All states up to `last`.
std::vector<std::size_t> every_step(std::size_t last) {
  std::vector<std::size_t> all;
  for (std::size_t n = 0; n <= last; ++n) all.push_back(n);
  return all;
}

void check_waves(const History& h, std::size_t state, const std::vector<std::size_t>& samples) {
  CAPTURE(state);
  CHECK(wrong_cells(h, state, "peak", samples, maximum, value_of(h, "surface")) == 0);
  CHECK(wrong_cells(h, state, "momentum_x_min", samples, minimum, value_of(h, "momentum_x")) == 0);
  CHECK(wrong_cells(h, state, "usual", samples, mean, value_of(h, "speed")) == 0);
  CHECK(wrong_cells(h, state, "arrival", samples, first_above(1026.0), [&](std::size_t s, std::size_t cell) {
          return std::max(h.values(s, "surface")[cell] - h.values(s, "bed")[cell], 0.0) * 9.81;
        }) == 0);
  CHECK(wrong_cells(h, state, "late", samples, maximum, [&](std::size_t s, std::size_t cell) {
          const auto n = static_cast<std::int64_t>(cell);
          const double x = h.geometry.centre(0, n % h.geometry.cells[0]);
          const double y = h.geometry.centre(1, n / h.geometry.cells[0]);
          return h.values(s, "surface")[cell] + h.times[s] + x / y;
        }) == 0);
}

}  // namespace

TEST_CASE("statistics are those of the recorded states, after every step") {
  const LoadedJob loaded = load_job(waves + wave_statistics);
  const History h = history_of(loaded);
  const std::size_t last = h.steps.size() - 1;
  REQUIRE(last > 10);
  for (std::size_t state = 0; state <= last; ++state) check_waves(h, state, every_step(state));
  if (!world().is_root()) return;
  // The waves reach some cells, at different times, but not all.
  const std::vector<double>& arrival = h.values(last, "arrival");
  CHECK(std::ranges::any_of(arrival, [](double t) { return t > 0.0; }));
  CHECK(std::ranges::any_of(arrival, [](double t) { return std::isnan(t); }));
  // Rounding errors are far below this tolerance, and a wrong weight of a sample is far above it.
  CHECK(wrong_cells(h, last, "usual", every_step(last), plain_mean, value_of(h, "speed"), 1e-13) == 0);
  // The reference tells other orders and other samples apart.
  std::vector<std::size_t> reversed = every_step(last);
  std::reverse(reversed.begin(), reversed.end());
  CHECK(wrong_cells(h, last, "usual", reversed, mean, value_of(h, "speed")) > 0);
  CHECK(wrong_cells(h, last, "peak", every_step(0), maximum, value_of(h, "surface")) > 0);
  CHECK(wrong_cells(h, last, "arrival", every_step(last), first_above(1027.0), value_of(h, "surface")) > 0);
}

TEST_CASE("components and single precision have statistics") {
  for (const std::vector<std::string>& settings : {std::vector<std::string>{},
                                                   {"performance.bricks=false"},
                                                   {"domain.partition=\"sfc\""},
                                                   {"performance.guard=true", "time.max_steps=5"}}) {
    const LoadedJob loaded = load_job(mix + mix_statistics, settings);
    const History h = history_of(loaded);
    const std::size_t last = h.steps.size() - 1;
    REQUIRE(last >= 5);
    CHECK(wrong_cells(h, last, "b_2_mean", every_step(last), mean, value_of(h, "b", 2)) == 0);
    CHECK(wrong_cells(h, last, "b_0_max", every_step(last), maximum, value_of(h, "b", 0)) == 0);
    CHECK(wrong_cells(h, last, "a_mean", every_step(last), mean, value_of(h, "a")) == 0);
    CHECK(wrong_cells(h, last, "rise", every_step(last), first_above(0.2), value_of(h, "a")) == 0);
  }
}

TEST_CASE("samples are taken at the start, at the cadence and at the end") {
  for (const std::string every : {"3 steps", "40 s"}) {
    CAPTURE(every);
    const std::string key = "output.statistic.0.every=\"" + every + "\"";
    const LoadedJob loaded = load_job(waves + wave_statistics, {key});
    const History h = history_of(loaded);
    std::vector<std::size_t> samples{0};
    double next = 40.0;
    for (std::size_t n = 1; n < h.steps.size(); ++n) {
      const bool due = every == "40 s" ? h.times[n] >= next : h.steps[n] % 3 == 0;
      if (due || n + 1 == h.steps.size()) samples.push_back(n);
      while (next <= h.times[n]) next += 40.0;
    }
    REQUIRE(samples.size() > 4);
    REQUIRE(samples.size() < h.steps.size() / 2 + 2);
    check_waves(h, h.steps.size() - 1, samples);
    // Samples at an interval of simulated time do not change the steps.
    CHECK(h.times == history_of(load_job(waves)).times);
  }
}

TEST_CASE("statistics do not change the state and its digest") {
  for (const auto& [job, statistics] : {std::pair{waves, wave_statistics}, {mix, mix_statistics}}) {
    const FinishedRun without = run_job(world(), job);
    const FinishedRun with = run_job(world(), job + statistics, {"output.statistic.0.every=\"2 steps\""});
    CHECK(with.digest == without.digest);
    CHECK(with.steps == without.steps);
    CHECK(with.diagnostics_table == without.diagnostics_table);
    CHECK(with.schema.fields.size() > without.schema.fields.size());
  }
}

TEST_CASE("a resumed run continues the statistics that it has in common with the checkpoint") {
  const std::vector<std::string> no_balance{"performance.balance=false"};  // saved fields stay on their ranks
  const LoadedJob before = load_job(waves + wave_statistics, no_balance);
  const History h = history_of(before);
  // In another order; `usual` has another definition; there is no `arrival`.
  const LoadedJob after = load_job(waves + statistic("of = \"depth\"\nstatistic = \"max\"") +
                                       statistic("name = \"usual\"\nof = \"speed\"\nstatistic = \"max\"") +
                                       statistic("of = \"momentum_x\"\nstatistic = \"min\"") +
                                       statistic("name = \"peak\"\nof = \"surface\"\nstatistic = \"max\""),
                                   no_balance);
  constexpr std::size_t stop = 6;
  NoOutputs outputs;
  loop::GridLoop first{world(), before.solver, before.job, outputs};
  first.begin();
  while (first.advance({stop, 0}).step < static_cast<std::int64_t>(stop)) {
  }
  first.prepare_save();
  const loop::LoopState state =
      loop::decode_loop_state(loop::encode(first.state()), "the state of the first loop");
  REQUIRE(state.statistics.size() == 5);

  loop::GridLoop second{world(), after.solver, after.job, outputs};
  const auto copy = [&](const std::string& name) {
    const int from = before.solver.schema().field_index(name);
    const int to = after.solver.schema().field_index(name);
    for (int b = 0; b < static_cast<int>(first.store().bricks().size()); ++b) {
      const grid::Box cells{{}, first.store().bricks()[static_cast<std::size_t>(b)].extents()};
      for_each_index(cells, [&](const grid::Index& i) {
        *second.store().current(b, to).at<double>(i) = *first.store().current(b, from).at<double>(i);
      });
    }
  };
  for (const char* name : {"depth", "momentum_x", "momentum_y", "highest", "bed"}) copy(name);
  CHECK(second.statistics().field_of("usual: mean of speed[0]") == std::nullopt);
  for (const char* name : {"peak", "momentum_x_min"}) {
    const auto& all = before.job.output.statistics;
    const auto found = std::ranges::find(all, name, &grid::Statistic::name);
    REQUIRE(second.statistics().field_of(definition_of(*found, before.solver.schema())) ==
            after.solver.schema().field_index(name));
    copy(name);
  }
  second.restore(state, first.costs());
  REQUIRE(outputs.warnings.size() == 2);
  CHECK(outputs.warnings[0].find("the statistic `depth_max` starts at step 6, t = ") == 0);
  CHECK(outputs.warnings[1].find("the statistic `usual` starts at step 6, t = ") == 0);
  CHECK(second.state().statistics.at(0).first_time == h.times[stop]);
  CHECK(second.state().statistics.at(3).first_time == 0.0);
  while (!second.advance({}).done) {
  }

  History end = h;  // the steps of both runs are the same
  end.schema = after.solver.schema();
  end.fields = {gather_fields(world(), end.schema, second.store(), end.geometry)};
  if (!world().is_root()) return;
  std::int64_t wrong = 0;
  for (std::size_t cell = 0; cell < end.values(0, "peak").size(); ++cell) {
    double depth = -std::numeric_limits<double>::infinity();
    double speed = depth;
    for (std::size_t n = stop; n < h.steps.size(); ++n) {
      depth = std::max(depth, h.values(n, "depth")[cell]);
      speed = std::max(speed, h.values(n, "speed")[cell]);
    }
    const std::size_t last = h.steps.size() - 1;
    wrong += end.values(0, "peak")[cell] != h.values(last, "peak")[cell] ? 1 : 0;
    wrong += end.values(0, "momentum_x_min")[cell] != h.values(last, "momentum_x_min")[cell] ? 1 : 0;
    wrong += end.values(0, "depth_max")[cell] != depth ? 1 : 0;
    wrong += end.values(0, "usual")[cell] != speed ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("samples that are NaN count only in the mean") {
  using Kind = grid::StatisticKind;
  solver::SolverSchema schema;
  schema.fields.resize(1);
  schema.fields[0].name = "u";
  grid::JobSpec job;
  job.geometry.cells = {{4, 1, 1}};
  for (const Kind kind : {Kind::max, Kind::min, Kind::mean, Kind::first_above}) {
    grid::Statistic s;
    s.name = grid::name_of(kind);
    s.kind = kind;
    s.above = 1.0;
    job.output.statistics.push_back(s);
  }
  for (const solver::FieldSchema& f : statistic_fields(job.output, schema)) schema.fields.push_back(f);
  std::vector<field::FieldSpec> specs;
  for (const solver::FieldSchema& f : schema.fields)
    specs.push_back({f.name, field::Scalar::float64, 1, 1, {}});
  field::FieldStore store{specs, {job.geometry.domain()}, 1};
  loop::StatisticSet statistics{job, schema};
  const auto sample = [&](double time, const std::vector<double>& values) {
    for (std::size_t i = 0; i < 4; ++i)
      *store.current(0, 0).at<double>({{static_cast<std::int64_t>(i), 0, 0}}) = values[i];
    statistics.sample(store, time);
  };
  const auto expect = [&](int field, const std::vector<double>& values) {
    for (std::size_t i = 0; i < 4; ++i) {
      CAPTURE(field, i);
      CHECK(same_bits(store.current(0, field).value({{static_cast<std::int64_t>(i), 0, 0}}), values[i]));
    }
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  sample(10.0, {none, 2.0, none, 1.0});
  expect(1, {none, 2.0, none, 1.0});
  expect(2, {none, 2.0, none, 1.0});
  expect(3, {none, 2.0, none, 1.0});
  expect(4, {none, 10.0, none, none});  // 1 is not above 1
  sample(11.0, {3.0, none, none, 5.0});
  expect(1, {3.0, 2.0, none, 5.0});
  expect(2, {3.0, 2.0, none, 1.0});
  expect(3, {3.0, none, none, 5.0});  // the first sample has no weight
  expect(4, {11.0, 10.0, none, 11.0});
  sample(14.0, {1.0, 4.0, infinity, 1.0});
  expect(1, {3.0, 4.0, infinity, 5.0});
  expect(2, {1.0, 2.0, infinity, 1.0});
  expect(3, {1.5, none, none, 2.0});
  expect(4, {11.0, 10.0, 14.0, 11.0});
}
