#include "base/error.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/probe_set.h"
#include "parts.h"
#include "plugin/library.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

using namespace tessera;
using grid::Index;
using loop::ProbeRecord;
using loop::ProbeSet;

namespace {

using Point = std::array<double, 3>;

/// A domain of cells of 0.5 by 0.25, with its lower corner at (-2, 1).
grid::JobSpec job_of(const std::vector<Point>& points) {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = {{16, 12, 1}};
  job.geometry.lower = {-2.0, 1.0, 0.0};
  job.geometry.upper = {6.0, 4.0, 1.0};
  job.probes.fields = {0, 1};
  for (const Point& at : points) job.probes.points.push_back({"p" + std::to_string(at[0]), at, {}});
  return job;
}

double u_of(const Index& cell) { return static_cast<double>(cell[0] + 16 * cell[1]); }

/// A configured solver and its fields, distributed over the ranks; `u` holds u_of(), and the components of
/// `v` hold its negative and its half.
class Fields {
 public:
  explicit Fields(const grid::JobSpec& job, partition::Method method = partition::Method::rcb)
      : job_{job}, solver_{plugin::find_library("probed", ".", {{TESSERA_TEST_PLUGINS_DIR}})} {
    solver_.configure(job.geometry, {}, {0, 1});
    decomposition_ = std::make_unique<loop::Decomposition>(
        world(), solver_, job_,
        partition::make_partition(method, grid::ChunkLayout{job.geometry.cells, {{3, 5, 1}}}, world().size()),
        machine::Topology{}, 1);
    fill(u_of);
  }

  void fill(const std::function<double(const Index&)>& value) {
    test::for_each_owned(store().bricks(), [&](int b, const Index& local, const Index& cell) {
      *store().current(b, 0).at<double>(local) = value(cell);
      *store().current(b, 1).at<float>(local, 0) = static_cast<float>(-value(cell));
      *store().current(b, 1).at<float>(local, 1) = static_cast<float>(0.5 * value(cell));
    });
  }

  const solver::SolverSchema& schema() const { return solver_.schema(); }
  field::FieldStore& store() { return decomposition_->store(); }
  loop::Stepper& stepper() { return decomposition_->stepper(); }
  ProbeSet probes() { return {world(), job_, schema(), store()}; }

 private:
  grid::JobSpec job_;
  solver::Solver solver_;
  std::unique_ptr<loop::Decomposition> decomposition_;
};

}  // namespace

TEST_CASE("a probe records the cell that holds its point, or the nearest one to a point outside") {
  const std::vector<Point> points{{-2.0, 1.0, 0.0}, {-1.5, 1.25, 0.0}, {-1.625, 1.6, 0.0}, {5.9, 3.9, 0.0},
                                  {6.0, 4.0, 0.0},  {-9.0, 2.1, 0.0},  {99.0, 99.0, 0.0}};
  const std::vector<Index> cells{{{0, 0, 0}},   {{1, 1, 0}}, {{0, 2, 0}},  {{15, 11, 0}},
                                 {{15, 11, 0}}, {{0, 4, 0}}, {{15, 11, 0}}};
  for (const auto method : {partition::Method::rcb, partition::Method::sfc}) {
    Fields fields{job_of(points), method};
    ProbeSet probes = fields.probes();
    CHECK_FALSE(probes.records().empty());
    CHECK(probes.columns() == std::vector<std::string>{"u [K]", "v_0", "v_1"});
    probes.sample(world(), fields.stepper(), fields.store(), 0.0);
    REQUIRE(probes.records().size() == cells.size());
    for (std::size_t n = 0; n < cells.size(); ++n) {
      const ProbeRecord& r = probes.records()[n];
      CHECK(r.name == "p" + std::to_string(points[n][0]));
      CHECK(r.cell == cells[n]);
      CHECK(r.at == Point{-1.75 + 0.5 * static_cast<double>(cells[n][0]),
                          1.125 + 0.25 * static_cast<double>(cells[n][1]), 0.5});
      CHECK(r.distance_moved == 0.0);
      CHECK(r.values == std::vector<double>{u_of(r.cell), -u_of(r.cell), 0.5 * u_of(r.cell)});
      CHECK_FALSE(r.first_value);
      CHECK_FALSE(r.arrival);
    }
  }
}

TEST_CASE("without points there are no probes, whatever the condition") {
  grid::JobSpec job = job_of({});
  job.probes.where = "u > 1e9";
  Fields fields{job};
  ProbeSet probes = fields.probes();
  CHECK(probes.records().empty());
  CHECK_NOTHROW(probes.sample(world(), fields.stepper(), fields.store(), 0.0));
}

TEST_CASE("a condition moves a probe to the nearest cell that satisfies it, the first of equally near ones") {
  grid::JobSpec job = job_of({{0.3, 2.1, 0.0}, {-1.75, 1.125, 0.0}, {5.75, 3.875, 0.0}, {2.0, 2.5, 0.0}});
  job.probes.where = "w > 100";  // a derived field
  for (const auto method : {partition::Method::rcb, partition::Method::sfc}) {
    Fields fields{job, method};
    const auto marked = [](const Index& c) { return (c[0] * 5 + c[1] * 3) % 11 == 0 && c[0] + c[1] > 2; };
    fields.fill([&](const Index& c) { return marked(c) ? 51.0 : 50.0; });
    fields.stepper().derive(0.0);
    const ProbeSet probes = fields.probes();
    for (std::size_t n = 0; n < job.probes.points.size(); ++n) {
      const Point& from = job.probes.points[n].at;
      double least = std::numeric_limits<double>::infinity();
      Index want;
      test::for_each({{}, job.geometry.cells}, [&](const Index& c) {
        const double dx = -1.75 + 0.5 * static_cast<double>(c[0]) - from[0];
        const double dy = 1.125 + 0.25 * static_cast<double>(c[1]) - from[1];
        const double d = std::sqrt(dx * dx + dy * dy);
        if (!marked(c) || d >= least) return;
        least = d;
        want = c;
      });
      CAPTURE(n, want[0], want[1]);
      CHECK(probes.records()[n].cell == want);
      CHECK(probes.records()[n].distance_moved == least);
    }
  }
}

TEST_CASE("of cells at the same distance on several ranks, the lowest in the domain is taken") {
  grid::JobSpec job = job_of({{2.0, 2.5, 0.0}});  // a corner of four cells, in the middle of the domain
  job.probes.where = "u > 0";
  Fields fields{job};
  fields.fill([](const Index&) { return 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{7, 5, 0}});
  fields.fill([](const Index& c) { return c == Index{{7, 5, 0}} ? 0.0 : 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{8, 5, 0}});
  fields.fill([](const Index& c) { return c[1] == 5 ? 0.0 : 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{7, 6, 0}});
}

TEST_CASE("distances on a sphere are along great circles") {
  grid::JobSpec job = job_of({{10.0, 74.0, 0.0}});
  job.geometry.coordinates = grid::Coordinates::spherical;
  job.geometry.radius = 1000.0;
  job.geometry.lower = {0.0, 60.0, 0.0};
  job.geometry.upper = {64.0, 84.0, 1.0};  // cells of 4 by 2 degrees
  job.probes.where = "u > 0";
  Fields fields{job};
  // 20 degrees of longitude, at 75 degrees north, are a shorter distance than 11 degrees of latitude.
  const Index east{{7, 7, 0}};
  const Index south{{2, 1, 0}};
  fields.fill([&](const Index& c) { return c == east || c == south ? 1.0 : 0.0; });
  const ProbeSet probes = fields.probes();
  CHECK(probes.records()[0].cell == east);
  const auto unit = [](double longitude, double latitude) {
    const double degree = std::numbers::pi / 180.0;
    return Point{std::cos(latitude * degree) * std::cos(longitude * degree),
                 std::cos(latitude * degree) * std::sin(longitude * degree), std::sin(latitude * degree)};
  };
  const Point a = unit(10.0, 74.0);
  const Point b = unit(30.0, 75.0);
  const double chord = std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  CHECK(std::abs(probes.records()[0].distance_moved - 2000.0 * std::asin(chord / 2.0)) < 1e-9);
}

TEST_CASE("a condition that no cell satisfies is an error of the job on all ranks") {
  grid::JobSpec job = job_of({{0.0, 2.0, 0.0}});
  job.probes.where = "u > 1000";
  Fields fields{job};
  try {
    fields.probes();
    FAIL("no error");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_job);
    CHECK(
        e.text() ==
        "error: no cell satisfies `where` of [probes]: u > 1000\n  = loosen the condition, or leave it out");
  }
}

TEST_CASE("an arrival is the first sample beyond the threshold, of a field that need not be recorded") {
  grid::JobSpec job = job_of({{0.3, 2.1, 0.0}, {-2.0, 1.0, 0.0}});
  job.probes.fields = {0};
  job.probes.arrival_field = 2;  // derived: 2 u + 1000 t
  job.probes.arrival_above = 500.0;
  job.probes.points[0].observed_arrival = 0.625;
  Fields fields{job};
  ProbeSet probes = fields.probes();
  CHECK(probes.columns() == std::vector<std::string>{"u [K]"});
  const Index cell{{4, 4, 0}};
  for (const double time : {0.25, 0.5, 0.75, 0.875}) {
    probes.sample(world(), fields.stepper(), fields.store(), time);
    const ProbeRecord& r = probes.records()[0];
    CHECK(r.cell == cell);
    CHECK(r.values == std::vector<double>{u_of(cell), 2.0 * u_of(cell) + 1000.0 * time});
    CHECK(r.first_value == 2.0 * u_of(cell) + 250.0);
    CHECK(r.max_rise == 1000.0 * (time - 0.25));
    // A rise by the threshold itself, at 0.75, is not beyond it.
    CHECK(r.arrival == (time > 0.75 ? std::optional{0.875} : std::nullopt));
  }
  CHECK(probes.records()[0].observed_arrival == 0.625);
  CHECK_FALSE(probes.records()[1].observed_arrival);
  // A fall is an arrival too, but not a rise; the first arrival is kept.
  fields.fill([&](const Index& c) { return u_of(c) - 1000.0; });
  const std::vector<loop::ProbeState> before = probes.states();
  probes.sample(world(), fields.stepper(), fields.store(), 1.0);
  CHECK(probes.states() == before);

  ProbeSet resumed = fields.probes();
  resumed.restore({before[0]});  // no effect, because the number of probes differs
  CHECK(resumed.states() == std::vector<loop::ProbeState>(2));
  resumed.restore(before);
  CHECK(resumed.states() == before);
  resumed.sample(world(), fields.stepper(), fields.store(), 1.0);
  CHECK(resumed.states() == before);
}

TEST_CASE("a fall below the first value arrives without a rise") {
  grid::JobSpec job = job_of({{0.3, 2.1, 0.0}});
  job.probes.arrival_field = 0;
  job.probes.arrival_above = 3.0;
  Fields fields{job};
  ProbeSet probes = fields.probes();
  probes.sample(world(), fields.stepper(), fields.store(), 0.0);
  fields.fill([](const Index& c) { return u_of(c) - 4.0; });
  probes.sample(world(), fields.stepper(), fields.store(), 2.0);
  CHECK(probes.records()[0].arrival == 2.0);
  CHECK(probes.records()[0].max_rise == 0.0);
}

TEST_CASE("a negative zero is recorded as 0 at any rank count") {
  Fields fields{job_of({{-2.0, 1.0, 0.0}})};
  ProbeSet probes = fields.probes();
  probes.sample(world(), fields.stepper(), fields.store(), 0.0);
  for (const double v : probes.records()[0].values) {
    CHECK(v == 0.0);
    CHECK_FALSE(std::signbit(v));
  }
}
