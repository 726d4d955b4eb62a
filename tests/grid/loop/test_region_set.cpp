// Compares the values of regions with exact sums and a plain search for extremes over all cells of the
// domain.
#include "base/error.h"
#include "grid/loop/region_set.h"
#include "support/exact_reference.h"
#include "test_bricks.h"

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

using namespace tessera;
using field::FieldStore;
using grid::Index;
using grid::RegionStatistic;

namespace {

using Point = std::array<double, 3>;
using ValueFunction = std::function<double(const Index&, const Point&)>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::array kinds{RegionStatistic::sum, RegionStatistic::integral, RegionStatistic::mean,
                           RegionStatistic::min, RegionStatistic::max};
constexpr double time_now = 2.5;

/// Values over many orders of magnitude, so that a sum in doubles would depend on the order of summation.
double scattered_value(const Index& c) {
  const auto n = static_cast<double>(c[0] + 24 * c[1] + 400 * c[2]);
  return std::cos(n * n) * std::pow(10.0, static_cast<double>((c[0] * 7 + c[1] + 3 * c[2]) % 37) - 18.0);
}

/// A state field in double precision, the second of two components of a constant field in single precision,
/// and a constant field.
solver::SolverSchema make_schema() {
  solver::SolverSchema s;
  s.fields.resize(3);
  s.fields[0].name = "a";
  s.fields[0].unit = "m";
  s.fields[1].name = "b";
  s.fields[1].components = 2;
  s.fields[1].scalar = solver::Scalar::float32;
  s.fields[2].name = "depth";
  s.fields[2].kind = solver::FieldKind::constant;
  return s;
}

double depth_value(const Index& c) { return static_cast<double>((c[0] * 5 + c[1] * 3 + c[2]) % 4) - 1.0; }

FieldStore make_store(const grid::JobSpec& job, std::int64_t cut,
                      const std::function<double(const Index&)>& value = scattered_value) {
  FieldStore store{{{"a", field::Scalar::float64, 1, 1, 1},
                    {"b", field::Scalar::float32, 2, 1, 0},
                    {"depth", field::Scalar::float64, 1, 1, 0}},
                   test::local_bricks(job.geometry.cells, cut),
                   job.geometry.dimensions};
  test::for_each_owned_cell(store.bricks(), [&](int b, const Index& local, const Index& cell) {
    *store.current(b, 0).at<double>(local) = value(cell);
    *store.current(b, 1).at<float>(local, 0) = 9e9f;
    *store.current(b, 1).at<float>(local, 1) = static_cast<float>(cell[0] - 3);
    *store.current(b, 2).at<double>(local) = depth_value(cell);
  });
  return store;
}

grid::JobSpec make_job(int dimensions) {
  grid::JobSpec job;
  grid::Geometry& g = job.geometry;
  g.dimensions = dimensions;
  g.cells = {{24, dimensions > 1 ? 10 : 1, dimensions > 2 ? 6 : 1}};
  g.lower = {-3.0, dimensions > 1 ? 1.0 : 0.0, 0.0};
  g.upper = {9.0, dimensions > 1 ? 3.0 : 1.0, dimensions > 2 ? 1.5 : 1.0};
  return job;
}

/// Adds a region with each statistic of the value, which is a formula or, if `formula` is empty, field
/// `field`.
void add_region(grid::JobSpec& job, const grid::Bounds& bounds, const std::string& where,
                const std::string& formula, int field = 0) {
  grid::Region region{"r" + std::to_string(job.probes.regions.size()), bounds, where, {}};
  for (const RegionStatistic kind : kinds)
    region.values.push_back({kind, field, field == 1 ? 1 : 0, formula});
  job.probes.regions.push_back(region);
}

bool is_between(double x, double lower, double upper, double period) {
  for (const double shift : {-period, 0.0, period}) {
    if (x >= lower + shift && x <= upper + shift) return true;
  }
  return false;
}

double reference_volume(const grid::Geometry& g, std::int64_t j) {
  if (g.coordinates == grid::Coordinates::cartesian) return g.spacing(0) * g.spacing(1) * g.spacing(2);
  const double degree = std::numbers::pi / 180.0;
  const auto edge = [&](std::int64_t n) {
    return (g.lower[1] + static_cast<double>(n) * g.spacing(1)) * degree;
  };
  return g.radius * g.radius * g.spacing(0) * degree * (std::sin(edge(j + 1)) - std::sin(edge(j)));
}

/// The five values of a region.
std::vector<double> reference(const grid::Geometry& g, const grid::Bounds& bounds, const ValueFunction& value,
                              const std::function<bool(const Index&, const Point&)>& selects) {
  test::ExactReference sum;
  test::ExactReference integral;
  test::ExactReference volume;
  double smallest = not_a_number;
  double largest = not_a_number;
  bool has_nan = false;
  test::for_each({{}, g.cells}, [&](const Index& c) {
    Point at;
    bool inside = true;
    for (int a = 0; a < 3; ++a) {
      const auto n = static_cast<std::size_t>(a);
      at[n] = g.lower[n] + (static_cast<double>(c[a]) + 0.5) * g.spacing(a);
      const double period = g.periodic[n] ? g.upper[n] - g.lower[n] : 0.0;
      inside = inside && is_between(at[n], bounds.lower[n], bounds.upper[n], period);
    }
    if (!inside || !selects(c, at)) return;
    const double v = value(c, at);
    const double w = reference_volume(g, c[1]);
    has_nan = has_nan || std::isnan(v);
    sum.add(v);
    integral.add(v * w);
    volume.add(w);
    if (!(smallest <= v)) smallest = v;
    if (!(largest >= v)) largest = v;
  });
  if (has_nan) smallest = largest = not_a_number;
  return {sum.value(), integral.value(), integral.value() / volume.value(), smallest + 0.0, largest + 0.0};
}

bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void check_values(const std::vector<double>& values, std::size_t region,
                  const std::vector<double>& expected) {
  for (std::size_t n = 0; n < kinds.size(); ++n) {
    const double value = values.at(region * kinds.size() + n);
    CAPTURE(region, n, value, expected[n]);
    CHECK(same_bits(value, expected[n]));
  }
}

bool any_cell(const Index&, const Point&) { return true; }

}  // namespace

TEST_CASE("the values of regions are exact in one, two and three dimensions, for fields and formulas") {
  for (const int dimensions : {1, 2, 3}) {
    CAPTURE(dimensions);
    grid::JobSpec job = make_job(dimensions);
    const grid::Bounds all{job.geometry.lower, job.geometry.upper};
    grid::Bounds part = all;
    part.lower[0] = -0.75;  // the centre of a cell
    part.upper[0] = 5.1;
    if (dimensions > 1) part.upper[1] = 2.6;
    if (dimensions > 2) part.lower[2] = 0.3;
    add_region(job, all, "", "");
    add_region(job, part, "", "", 1);
    add_region(job, part, "depth > 0 || x > 4", "a + depth*x - t");
    add_region(job, all, "depth", "");
    for (const std::int64_t cut : {dimensions > 1 ? 1 : 0, dimensions > 1 ? 7 : 1}) {
      loop::RegionSet regions{job, make_schema()};
      const std::vector<double>& values = regions.evaluate(world(), make_store(job, cut), time_now);
      REQUIRE(values.size() == 4 * kinds.size());
      const grid::Geometry& g = job.geometry;
      const auto a = [](const Index& c, const Point&) { return scattered_value(c); };
      check_values(values, 0, reference(g, all, a, any_cell));
      check_values(
          values, 1,
          reference(
              g, part, [](const Index& c, const Point&) { return static_cast<double>(c[0] - 3); }, any_cell));
      check_values(values, 2,
                   reference(
                       g, part,
                       [](const Index& c, const Point& at) {
                         return scattered_value(c) + depth_value(c) * at[0] - time_now;
                       },
                       [](const Index& c, const Point& at) { return depth_value(c) > 0.0 || at[0] > 4.0; }));
      check_values(values, 3,
                   reference(g, all, a, [](const Index& c, const Point&) { return depth_value(c) != 0.0; }));
    }
  }
}

TEST_CASE("regions cross the bounds of periodic axes, and cells on a sphere have their areas") {
  grid::JobSpec job = make_job(2);
  grid::Geometry& g = job.geometry;
  SECTION("on a plane") { g.periodic = {true, true, false}; }
  SECTION("on a sphere") {
    g.coordinates = grid::Coordinates::spherical;
    g.radius = 6371220.0;
    g.cells = {{24, 10, 1}};
    g.lower = {-3.0, -40.0, 0.0};
    g.upper = {357.0, 60.0, 1.0};
    g.periodic = {true, false, false};
  }
  const double length = g.upper[0] - g.lower[0];
  grid::Bounds bounds{{g.lower[0] + 0.8 * length, g.lower[1], 0.0},
                      {g.upper[0] + 0.3 * length, g.upper[1], 1.0}};
  if (g.periodic[1]) {
    bounds.lower[1] -= 1.5;
    bounds.upper[1] -= 1.75;
  }
  add_region(job, bounds, "", "");
  add_region(job, bounds, "", "x*depth");
  loop::RegionSet regions{job, make_schema()};
  const std::vector<double>& values = regions.evaluate(world(), make_store(job, 4), time_now);
  check_values(values, 0,
               reference(
                   g, bounds, [](const Index& c, const Point&) { return scattered_value(c); }, any_cell));
  check_values(
      values, 1,
      reference(
          g, bounds, [](const Index& c, const Point& at) { return at[0] * depth_value(c); }, any_cell));
}

TEST_CASE("columns name the region, the statistic, the value and its unit") {
  grid::JobSpec job = make_job(2);
  add_region(job, {}, "", "");
  job.probes.regions[0].values.push_back({RegionStatistic::max, 1, 1, ""});
  job.probes.regions[0].values.push_back({RegionStatistic::integral, 0, 0, "a^2"});
  job.probes.regions[0].values.push_back({RegionStatistic::integral, 2, 0, ""});
  CHECK(loop::RegionSet{job, make_schema()}.columns() ==
        std::vector<std::string>{"r0 sum a [m]", "r0 integral a", "r0 mean a [m]", "r0 min a [m]",
                                 "r0 max a [m]", "r0 max b_1", "r0 integral a^2", "r0 integral depth"});
  job.geometry.coordinates = grid::Coordinates::spherical;
  CHECK(loop::RegionSet{job, make_schema()}.columns() ==
        std::vector<std::string>{"r0 sum a [m]", "r0 integral a [m m^2]", "r0 mean a [m]", "r0 min a [m]",
                                 "r0 max a [m]", "r0 max b_1", "r0 integral a^2", "r0 integral depth [m^2]"});
}

TEST_CASE("without cells, sums are 0 and other values NaN; zeros are positive; a NaN propagates") {
  grid::JobSpec job = make_job(2);
  const grid::Bounds all{job.geometry.lower, job.geometry.upper};
  add_region(job, all, "a > 1e99", "");
  add_region(job, all, "", "");
  add_region(job, all, "0/0", "");             // a condition that is NaN selects nothing
  add_region(job, all, "x < 2", "sqrt(2-x)");  // NaN outside the region
  loop::RegionSet regions{job, make_schema()};
  const std::vector<double> nothing{0.0, 0.0, not_a_number, not_a_number, not_a_number};
  const std::vector<double> zeros(5, 0.0);
  const auto root = [](const Index&, const Point& at) { return std::sqrt(2.0 - at[0]); };
  const auto zero = [](const Index& c) { return c[0] % 2 == 0 ? 0.0 : -0.0; };
  const std::vector<double> values = regions.evaluate(world(), make_store(job, 3, zero), time_now);
  check_values(values, 0, nothing);
  check_values(values, 1, zeros);
  check_values(values, 2, nothing);
  check_values(values, 3,
               reference(job.geometry, all, root, [](const Index&, const Point& at) { return at[0] < 2.0; }));
  const auto one_nan = [](const Index& c) { return c == Index{{17, 4, 0}} ? not_a_number : 1.0; };
  check_values(regions.evaluate(world(), make_store(job, 3, one_nan), time_now), 1,
               std::vector(5, not_a_number));
  // Evaluations are independent of each other.
  const std::vector<double> again = regions.evaluate(world(), make_store(job, 3, zero), time_now);
  check_values(again, 1, zeros);
}

TEST_CASE("a condition that never changes must select a cell; others may select none for a while") {
  const auto check = [](const std::string& where) {
    grid::JobSpec job = make_job(2);
    add_region(job, {job.geometry.lower, job.geometry.upper}, where, "");
    loop::RegionSet{job, make_schema()}.check_conditions(world(), make_store(job, 3), time_now);
  };
  CHECK_NOTHROW(check(""));
  CHECK_NOTHROW(check("depth > 1 && x > 0"));
  CHECK_NOTHROW(check("depth > 100 && a > 0"));
  CHECK_NOTHROW(check("x > 100 && t > 100"));
  for (const std::string where : {"depth > 100", "x > 100", "0"}) {
    try {
      check(where);
      FAIL("no error");
    } catch (const base::Error& e) {
      CHECK(e.code() == base::ExitCode::bad_job);
      CHECK(e.text() == "error: no cell of the region `r0` in [probes] satisfies its `where`: " + where +
                            "\n  = relax or remove the condition, or enlarge the box");
    }
  }
}
