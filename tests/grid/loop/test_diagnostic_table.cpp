// Compares diagnostics with exact sums and a plain search for extremes.
#include "grid/loop/diagnostic_table.h"
#include "support/exact_reference.h"
#include "test_bricks.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

using namespace tessera;
using field::FieldStore;
using grid::Index;
using solver::Reduction;

namespace {

using ValueFunction = std::function<double(const Index&)>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Rows of 75 cells: more than the number of lanes in the search for extremes, and not a multiple of it.
grid::Geometry make_geometry(bool spherical) {
  grid::Geometry g;
  g.dimensions = 2;
  g.cells = {{75, 4, 1}};
  g.lower = {10.0, -30.0, 0.0};
  g.upper = {85.0, 10.0, 1.0};
  if (spherical) {
    g.coordinates = grid::Coordinates::spherical;
    g.radius = 6371000.0;
  }
  return g;
}

/// Each reduction of a double field and of the second component of a float field, without and with
/// multiplication by the cell volume.
solver::SolverSchema make_schema() {
  solver::SolverSchema s;
  s.fields.resize(2);
  for (const bool times_volume : {false, true}) {
    for (const int field : {0, 1}) {
      for (const Reduction r :
           {Reduction::sum, Reduction::min, Reduction::max, Reduction::l1, Reduction::l2}) {
        solver::DiagnosticSchema d;
        d.reduction = r;
        d.field = field;
        d.component = field;
        d.times_volume = times_volume;
        s.diagnostics.push_back(d);
      }
    }
  }
  return s;
}

FieldStore make_store(const grid::Geometry& g, const ValueFunction& value, std::int64_t cut) {
  FieldStore store{{{"a", field::Scalar::float64, 1, 1, 1}, {"b", field::Scalar::float32, 2, 1, 0}},
                   test::local_bricks(g.cells, cut),
                   2};
  test::for_each_owned_cell(store.bricks(), [&](int b, const Index& local, const Index& cell) {
    *store.current(b, 0).at<double>(local) = value(cell);
    *store.current(b, 1).at<float>(local, 0) = 9e9f;  // no diagnostic uses this component
    *store.current(b, 1).at<float>(local, 1) = static_cast<float>(value(cell));
  });
  return store;
}

double cell_weight(const grid::Geometry& g, bool times_volume, std::int64_t j) {
  if (!times_volume) return 1.0;
  if (g.coordinates == grid::Coordinates::cartesian) return 1.0 * 10.0;  // cells of size 1 by 10
  const double degree = std::numbers::pi / 180.0;
  const double south = -30.0 + static_cast<double>(j) * 10.0;
  const double north = -30.0 + static_cast<double>(j + 1) * 10.0;
  return g.radius * g.radius * 1.0 * degree * (std::sin(north * degree) - std::sin(south * degree));
}

double reference_value(const grid::Geometry& g, const ValueFunction& value,
                       const solver::DiagnosticSchema& d) {
  test::ExactReference sum;
  double minimum = infinity;
  double maximum = -infinity;
  test::for_each({{}, g.cells}, [&](const Index& cell) {
    const double v = d.field == 0 ? value(cell) : static_cast<double>(static_cast<float>(value(cell)));
    const double w = cell_weight(g, d.times_volume, cell[1]);
    sum.add(d.reduction == Reduction::sum  ? v * w
            : d.reduction == Reduction::l1 ? std::abs(v) * w
                                           : v * v * w);
    minimum = std::isnan(v) || std::isnan(minimum) ? not_a_number : std::min(minimum, v * w);
    maximum = std::isnan(v) || std::isnan(maximum) ? not_a_number : std::max(maximum, v * w);
  });
  if (d.reduction == Reduction::min) return minimum + 0.0;
  if (d.reduction == Reduction::max) return maximum + 0.0;
  return d.reduction == Reduction::l2 ? std::sqrt(sum.value()) : sum.value();
}

void check_diagnostics(const grid::Geometry& g, const ValueFunction& value) {
  const solver::SolverSchema schema = make_schema();
  loop::DiagnosticTable table{schema, g};
  for (const std::int64_t cut : {1, 3}) {
    const std::vector<double>& values = table.evaluate(world(), make_store(g, value, cut));
    REQUIRE(values.size() == schema.diagnostics.size());
    for (std::size_t n = 0; n < values.size(); ++n) {
      const double expected = reference_value(g, value, schema.diagnostics[n]);
      CAPTURE(n, values[n], expected, cut);
      if (std::isnan(expected)) {
        CHECK(std::isnan(values[n]));
      } else {
        CHECK(std::bit_cast<std::uint64_t>(values[n]) == std::bit_cast<std::uint64_t>(expected));
      }
    }
  }
}

/// Values over 36 orders of magnitude, so that a sum in doubles would depend on the order of summation.
double scattered_value(const Index& cell) {
  const auto n = static_cast<double>(cell[0] + 75 * cell[1]);
  return std::cos(n * n) * std::pow(10.0, static_cast<double>((cell[0] * 7 + cell[1]) % 37) - 18.0);
}

}  // namespace

TEST_CASE("each reduction is exact up to one rounding, in Cartesian and spherical coordinates") {
  check_diagnostics(make_geometry(false), scattered_value);
  check_diagnostics(make_geometry(true), scattered_value);
}

TEST_CASE("an extreme value is found at any position in a row, and its sign is kept") {
  const grid::Geometry g = make_geometry(false);
  for (const std::int64_t i : {0, 31, 32, 63, 64, 74}) {
    for (const std::int64_t j : {0, 3}) {
      check_diagnostics(g, [=](const Index& c) { return c[0] == i && c[1] == j ? -2.0 : 5.0; });
      check_diagnostics(g, [=](const Index& c) { return c[0] == i && c[1] == j ? 8.0 : -5.0; });
    }
  }
}

TEST_CASE("for a field of positive and negative zeros, all diagnostics are positive zeros") {
  check_diagnostics(make_geometry(false), [](const Index& c) { return c[0] % 2 == 0 ? 0.0 : -0.0; });
}

TEST_CASE("a single NaN makes all diagnostics NaN, and infinities propagate") {
  const grid::Geometry g = make_geometry(false);
  for (const std::int64_t i : {0, 40, 74}) {
    check_diagnostics(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? not_a_number : 1.0; });
    check_diagnostics(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? infinity : 1.0; });
    check_diagnostics(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? -infinity : 1.0; });
    check_diagnostics(g, [=](const Index& c) { return c[0] != i ? 1.0 : c[1] == 2 ? infinity : -infinity; });
  }
}

TEST_CASE("evaluations are independent of each other; without diagnostics there are no values") {
  const grid::Geometry g = make_geometry(false);
  loop::DiagnosticTable table{make_schema(), g};
  static_cast<void>(table.evaluate(world(), make_store(
                                                g, [](const Index&) { return not_a_number; }, 2)));
  const std::vector<double>& values = table.evaluate(world(), make_store(
                                                                  g, [](const Index&) { return 2.0; }, 2));
  // Sum, minimum, maximum, l1 and l2 norm of the value 2 in 300 cells; then the same with cell volumes of 10.
  CHECK(std::vector(values.begin(), values.begin() + 5) ==
        std::vector{600.0, 2.0, 2.0, 600.0, std::sqrt(1200.0)});
  CHECK(std::vector(values.begin() + 10, values.begin() + 15) ==
        std::vector{6000.0, 20.0, 20.0, 6000.0, std::sqrt(12000.0)});
  loop::DiagnosticTable empty_table{{}, g};
  CHECK(empty_table.evaluate(world(), make_store(g, scattered_value, 2)).empty());
}
