#include "base/error.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/probe_set.h"
#include "plugin/library.h"
#include "test_bricks.h"

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

/// Returns a job with probes at `points`. The cells are 0.5 by 0.25; the lower corner of the domain is (-2,
/// 1).
grid::JobSpec make_job(const std::vector<Point>& points) {
  grid::JobSpec job;
  job.geometry.dimensions = 2;
  job.geometry.cells = {{16, 12, 1}};
  job.geometry.lower = {-2.0, 1.0, 0.0};
  job.geometry.upper = {6.0, 4.0, 1.0};
  job.probes.fields = {0, 1};
  for (const Point& at : points) job.probes.points.push_back({"p" + std::to_string(at[0]), at, {}});
  return job;
}

double u_value(const Index& cell) { return static_cast<double>(cell[0] + 16 * cell[1]); }

/// A configured solver and its fields, distributed over the ranks. Initially, `u` is u_value(); the
/// components of `v` are -u and u/2.
class Fields {
 public:
  explicit Fields(const grid::JobSpec& job, partition::Method method = partition::Method::rcb)
      : job_{job}, solver_{plugin::find_library("probed", ".", {{TESSERA_TEST_PLUGINS_DIR}})} {
    solver_.configure(job.geometry, {}, {0, 1});
    decomposition_ = std::make_unique<loop::Decomposition>(
        world(), solver_, job_,
        partition::make_partition(method, grid::ChunkLayout{job.geometry.cells, {{3, 5, 1}}}, world().size()),
        machine::Topology{}, 1);
    fill(u_value);
  }

  void fill(const std::function<double(const Index&)>& value) {
    test::for_each_owned_cell(store().bricks(), [&](int b, const Index& local, const Index& cell) {
      *store().current(b, 0).at<double>(local) = value(cell);
      *store().current(b, 1).at<float>(local, 0) = static_cast<float>(-value(cell));
      *store().current(b, 1).at<float>(local, 1) = static_cast<float>(0.5 * value(cell));
    });
  }

  const solver::SolverSchema& schema() const { return solver_.schema(); }
  field::FieldStore& store() { return decomposition_->store(); }
  loop::Stepper& stepper() { return decomposition_->stepper(); }
  ProbeSet probes(const std::vector<loop::SavedProbe>& saved = {}) {
    return {world(), job_, schema(), store(), saved};
  }

 private:
  grid::JobSpec job_;
  solver::Solver solver_;
  std::unique_ptr<loop::Decomposition> decomposition_;
};

}  // namespace

TEST_CASE("a probe records the cell that contains its point, or else the nearest cell") {
  const std::vector<Point> points{{-2.0, 1.0, 0.0}, {-1.5, 1.25, 0.0}, {-1.625, 1.6, 0.0}, {5.9, 3.9, 0.0},
                                  {6.0, 4.0, 0.0},  {-9.0, 2.1, 0.0},  {99.0, 99.0, 0.0}};
  const std::vector<Index> cells{{{0, 0, 0}},   {{1, 1, 0}}, {{0, 2, 0}},  {{15, 11, 0}},
                                 {{15, 11, 0}}, {{0, 4, 0}}, {{15, 11, 0}}};
  for (const auto method : {partition::Method::rcb, partition::Method::sfc}) {
    Fields fields{make_job(points), method};
    ProbeSet probes = fields.probes();
    CHECK_FALSE(probes.records().empty());
    CHECK(probes.columns() == std::vector<std::string>{"u [K]", "v_0", "v_1"});
    probes.sample(world(), fields.stepper(), fields.store(), 0.0);
    REQUIRE(probes.records().size() == cells.size());
    for (std::size_t n = 0; n < cells.size(); ++n) {
      const ProbeRecord& r = probes.records()[n];
      CHECK(r.name == "p" + std::to_string(points[n][0]));
      CHECK(r.cell == cells[n]);
      CHECK(r.centre == Point{-1.75 + 0.5 * static_cast<double>(cells[n][0]),
                              1.125 + 0.25 * static_cast<double>(cells[n][1]), 0.5});
      CHECK(r.distance_moved == 0.0);
      CHECK(r.values == std::vector<double>{u_value(r.cell), -u_value(r.cell), 0.5 * u_value(r.cell)});
      CHECK_FALSE(r.first_value);
      CHECK_FALSE(r.arrival);
    }
  }
}

TEST_CASE("without points there are no probes, and the condition is ignored") {
  grid::JobSpec job = make_job({});
  job.probes.where = "u > 1e9";
  Fields fields{job};
  ProbeSet probes = fields.probes();
  CHECK(probes.records().empty());
  CHECK_NOTHROW(probes.sample(world(), fields.stepper(), fields.store(), 0.0));
}

TEST_CASE("a condition moves a probe to the first of the nearest cells that satisfy it") {
  grid::JobSpec job = make_job({{0.3, 2.1, 0.0}, {-1.75, 1.125, 0.0}, {5.75, 3.875, 0.0}, {2.0, 2.5, 0.0}});
  job.probes.where = "w > 100";  // a derived field
  for (const auto method : {partition::Method::rcb, partition::Method::sfc}) {
    Fields fields{job, method};
    const auto satisfies_condition = [](const Index& c) {
      return (c[0] * 5 + c[1] * 3) % 11 == 0 && c[0] + c[1] > 2;
    };
    fields.fill([&](const Index& c) { return satisfies_condition(c) ? 51.0 : 50.0; });
    fields.stepper().derive(0.0);
    const ProbeSet probes = fields.probes();
    for (std::size_t n = 0; n < job.probes.points.size(); ++n) {
      const Point& from = job.probes.points[n].at;
      double min_distance = std::numeric_limits<double>::infinity();
      Index expected;
      test::for_each({{}, job.geometry.cells}, [&](const Index& c) {
        const double dx = -1.75 + 0.5 * static_cast<double>(c[0]) - from[0];
        const double dy = 1.125 + 0.25 * static_cast<double>(c[1]) - from[1];
        const double d = std::sqrt(dx * dx + dy * dy);
        if (!satisfies_condition(c) || d >= min_distance) return;
        min_distance = d;
        expected = c;
      });
      CAPTURE(n, expected[0], expected[1]);
      CHECK(probes.records()[n].cell == expected);
      CHECK(probes.records()[n].distance_moved == min_distance);
    }
  }
}

TEST_CASE("of equally near cells on several ranks, the first in the domain is chosen") {
  grid::JobSpec job = make_job({{2.0, 2.5, 0.0}});  // a corner of four cells, in the middle of the domain
  job.probes.where = "u > 0";
  Fields fields{job};
  fields.fill([](const Index&) { return 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{7, 5, 0}});
  fields.fill([](const Index& c) { return c == Index{{7, 5, 0}} ? 0.0 : 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{8, 5, 0}});
  fields.fill([](const Index& c) { return c[1] == 5 ? 0.0 : 1.0; });
  CHECK(fields.probes().records()[0].cell == Index{{7, 6, 0}});
}

TEST_CASE("distances on a sphere are measured along great circles") {
  grid::JobSpec job = make_job({{10.0, 74.0, 0.0}});
  job.geometry.coordinates = grid::Coordinates::spherical;
  job.geometry.radius = 1000.0;
  job.geometry.lower = {0.0, 60.0, 0.0};
  job.geometry.upper = {64.0, 84.0, 1.0};  // cells of 4 by 2 degrees
  job.probes.where = "u > 0";
  Fields fields{job};
  // At 75 degrees north, 20 degrees of longitude are a shorter distance than 11 degrees of latitude.
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

TEST_CASE("a condition that no cell satisfies is reported as an error in the job on all ranks") {
  grid::JobSpec job = make_job({{0.0, 2.0, 0.0}});
  job.probes.where = "u > 1000";
  Fields fields{job};
  try {
    fields.probes();
    FAIL("no error");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_job);
    CHECK(e.text() ==
          "error: no cell satisfies `where` in [probes]: u > 1000\n  = relax or remove the condition");
  }
}

TEST_CASE("the arrival is the first sample beyond the threshold; the arrival field need not be recorded") {
  grid::JobSpec job = make_job({{0.3, 2.1, 0.0}, {-2.0, 1.0, 0.0}});
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
    CHECK(r.values == std::vector<double>{u_value(cell), 2.0 * u_value(cell) + 1000.0 * time});
    CHECK(r.first_value == 2.0 * u_value(cell) + 250.0);
    CHECK(r.max_rise == 1000.0 * (time - 0.25));
    // At 0.75, the rise equals the threshold, which is not yet an arrival.
    CHECK(r.arrival == (time > 0.75 ? std::optional{0.875} : std::nullopt));
  }
  CHECK(probes.records()[0].observed_arrival == 0.625);
  CHECK_FALSE(probes.records()[1].observed_arrival);
  // A fall beyond the threshold is not a rise, and the first arrival is kept.
  fields.fill([&](const Index& c) { return u_value(c) - 1000.0; });
  const std::vector<loop::SavedProbe> before = probes.saved();
  probes.sample(world(), fields.stepper(), fields.store(), 1.0);
  CHECK(probes.saved() == before);

  ProbeSet resumed = fields.probes(before);
  CHECK(resumed.saved() == before);
  resumed.sample(world(), fields.stepper(), fields.store(), 1.0);
  CHECK(resumed.saved() == before);
}

TEST_CASE("after a restart, probes are recognised by what they are, not by their position") {
  grid::JobSpec job = make_job({{0.3, 2.1, 0.0}, {-2.0, 1.0, 0.0}});
  job.probes.arrival_field = 0;
  job.probes.arrival_above = 3.0;
  Fields fields{job};
  ProbeSet probes = fields.probes();
  for (const double time : {0.0, 1.0}) {
    probes.sample(world(), fields.stepper(), fields.store(), time);
    fields.fill([](const Index& c) { return u_value(c) + static_cast<double>(c[0]); });
  }
  const std::vector<loop::SavedProbe> saved = probes.saved();
  REQUIRE(saved[0] != saved[1]);
  const auto resume = [&](const std::function<void(grid::JobSpec&)>& change) {
    grid::JobSpec changed = job;
    change(changed);
    return Fields{changed}.probes(saved).saved();
  };
  const loop::ProbeState fresh;
  using Probes = std::vector<loop::SavedProbe>;
  CHECK(resume([](auto& j) { std::swap(j.probes.points[0], j.probes.points[1]); }) ==
        Probes{saved[1], saved[0]});
  CHECK(resume([](auto& j) { j.probes.points.erase(j.probes.points.begin()); }) == Probes{saved[1]});
  const Probes added = resume([](auto& j) {
    j.probes.points.insert(j.probes.points.begin(), j.probes.points[0]);
    j.probes.points[0].name = "new";
  });
  REQUIRE(added.size() == 3);
  CHECK(static_cast<const loop::ProbeState&>(added[0]) == fresh);
  CHECK(Probes{added[1], added[2]} == saved);
  // A probe at another place is another probe, and arrivals by another criterion begin anew.
  const Probes moved = resume([](auto& j) { j.probes.points[0].at[0] += 1.0; });
  CHECK(static_cast<const loop::ProbeState&>(moved[0]) == fresh);
  CHECK(moved[1] == saved[1]);
  for (const Probes& other : {resume([](auto& j) { j.probes.arrival_above = 4.0; }),
                              resume([](auto& j) { j.probes.arrival_field = 2; })}) {
    CHECK(static_cast<const loop::ProbeState&>(other[0]) == fresh);
    CHECK(other[0].cell == saved[0].cell);
  }
}

TEST_CASE("after a restart, a probe stays in its cell although the condition now selects another") {
  grid::JobSpec job = make_job({{0.0, 2.0, 0.0}});
  job.probes.where = "u > 5";
  Fields fields{job};
  const Index first{{1, 2, 0}};
  const Index later{{6, 4, 0}};
  fields.fill([&](const Index& c) { return c == first ? 10.0 : 0.0; });
  const std::vector<loop::SavedProbe> saved = fields.probes().saved();
  fields.fill([&](const Index& c) { return c == later ? 10.0 : 0.0; });
  CHECK(fields.probes().records()[0].cell == later);
  const ProbeSet resumed = fields.probes(saved);
  CHECK(resumed.records()[0].cell == first);
  CHECK(resumed.records()[0].distance_moved > 0.0);
  CHECK(resumed.saved() == saved);
  fields.fill([](const Index&) { return 0.0; });
  CHECK(fields.probes(saved).records()[0].cell == first);  // no cell satisfies the condition any more
}

TEST_CASE("a fall by more than the threshold is an arrival but not a rise") {
  grid::JobSpec job = make_job({{0.3, 2.1, 0.0}});
  job.probes.arrival_field = 0;
  job.probes.arrival_above = 3.0;
  Fields fields{job};
  ProbeSet probes = fields.probes();
  probes.sample(world(), fields.stepper(), fields.store(), 0.0);
  fields.fill([](const Index& c) { return u_value(c) - 4.0; });
  probes.sample(world(), fields.stepper(), fields.store(), 2.0);
  CHECK(probes.records()[0].arrival == 2.0);
  CHECK(probes.records()[0].max_rise == 0.0);
}

TEST_CASE("a negative zero is recorded as a positive zero on any number of ranks") {
  Fields fields{make_job({{-2.0, 1.0, 0.0}})};
  ProbeSet probes = fields.probes();
  probes.sample(world(), fields.stepper(), fields.store(), 0.0);
  for (const double v : probes.records()[0].values) {
    CHECK(v == 0.0);
    CHECK_FALSE(std::signbit(v));
  }
}
