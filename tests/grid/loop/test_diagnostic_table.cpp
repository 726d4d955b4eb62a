// Compares diagnostics with exact sums and a plain search for extremes.
#include "grid/loop/diagnostic_table.h"
#include "parts.h"
#include "support/exact_reference.h"

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

using Values = std::function<double(const Index&)>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Rows of 75 cells: more than the number of lanes in the search for extremes, and not a multiple of it.
grid::Geometry geometry_of(bool spherical) {
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
solver::SolverSchema schema_of() {
  solver::SolverSchema s;
  s.fields.resize(2);
  for (const bool volume : {false, true}) {
    for (const int field : {0, 1}) {
      for (const Reduction r :
           {Reduction::sum, Reduction::min, Reduction::max, Reduction::l1, Reduction::l2}) {
        solver::DiagnosticSchema d;
        d.reduction = r;
        d.field = field;
        d.component = field;
        d.times_volume = volume;
        s.diagnostics.push_back(d);
      }
    }
  }
  return s;
}

FieldStore store_of(const grid::Geometry& g, const Values& value, std::int64_t cut) {
  FieldStore store{{{"a", field::Scalar::float64, 1, 1, 1}, {"b", field::Scalar::float32, 2, 1, 0}},
                   test::parts_of(g.cells, cut),
                   2};
  test::for_each_owned(store.bricks(), [&](int b, const Index& local, const Index& cell) {
    *store.current(b, 0).at<double>(local) = value(cell);
    *store.current(b, 1).at<float>(local, 0) = 9e9f;  // the other component
    *store.current(b, 1).at<float>(local, 1) = static_cast<float>(value(cell));
  });
  return store;
}

double weight_of(const grid::Geometry& g, bool times_volume, std::int64_t j) {
  if (!times_volume) return 1.0;
  if (g.coordinates == grid::Coordinates::cartesian) return 1.0 * 10.0;  // cells of 1 by 10
  const double degree = std::numbers::pi / 180.0;
  const double south = -30.0 + static_cast<double>(j) * 10.0;
  const double north = -30.0 + static_cast<double>(j + 1) * 10.0;
  return g.radius * g.radius * 1.0 * degree * (std::sin(north * degree) - std::sin(south * degree));
}

double reference(const grid::Geometry& g, const Values& value, const solver::DiagnosticSchema& d) {
  test::ExactReference sum;
  double low = infinity;
  double high = -infinity;
  test::for_each({{}, g.cells}, [&](const Index& cell) {
    const double v = d.field == 0 ? value(cell) : static_cast<double>(static_cast<float>(value(cell)));
    const double w = weight_of(g, d.times_volume, cell[1]);
    sum.add(d.reduction == Reduction::sum  ? v * w
            : d.reduction == Reduction::l1 ? std::abs(v) * w
                                           : v * v * w);
    low = std::isnan(v) || std::isnan(low) ? not_a_number : std::min(low, v * w);
    high = std::isnan(v) || std::isnan(high) ? not_a_number : std::max(high, v * w);
  });
  if (d.reduction == Reduction::min) return low + 0.0;
  if (d.reduction == Reduction::max) return high + 0.0;
  return d.reduction == Reduction::l2 ? std::sqrt(sum.value()) : sum.value();
}

void check_all(const grid::Geometry& g, const Values& value) {
  const solver::SolverSchema schema = schema_of();
  loop::DiagnosticTable table{schema, g};
  for (const std::int64_t cut : {1, 3}) {
    const std::vector<double>& found = table.evaluate(world(), store_of(g, value, cut));
    REQUIRE(found.size() == schema.diagnostics.size());
    for (std::size_t n = 0; n < found.size(); ++n) {
      const double want = reference(g, value, schema.diagnostics[n]);
      CAPTURE(n, found[n], want, cut);
      if (std::isnan(want)) {
        CHECK(std::isnan(found[n]));
      } else {
        CHECK(std::bit_cast<std::uint64_t>(found[n]) == std::bit_cast<std::uint64_t>(want));
      }
    }
  }
}

/// Values over 36 orders of magnitude, so that a sum in doubles would depend on its order.
double scattered(const Index& cell) {
  const auto n = static_cast<double>(cell[0] + 75 * cell[1]);
  return std::cos(n * n) * std::pow(10.0, static_cast<double>((cell[0] * 7 + cell[1]) % 37) - 18.0);
}

}  // namespace

TEST_CASE("each reduction has the exact value, rounded once, on planes and spheres") {
  check_all(geometry_of(false), scattered);
  check_all(geometry_of(true), scattered);
}

TEST_CASE("an extreme is found at any place of a row, and keeps its sign") {
  const grid::Geometry g = geometry_of(false);
  for (const std::int64_t i : {0, 31, 32, 63, 64, 74}) {
    for (const std::int64_t j : {0, 3}) {
      check_all(g, [=](const Index& c) { return c[0] == i && c[1] == j ? -2.0 : 5.0; });
      check_all(g, [=](const Index& c) { return c[0] == i && c[1] == j ? 8.0 : -5.0; });
    }
  }
}

TEST_CASE("the zeros of a field of both signs count as 0") {
  check_all(geometry_of(false), [](const Index& c) { return c[0] % 2 == 0 ? 0.0 : -0.0; });
}

TEST_CASE("a single NaN makes every number NaN; an infinity stays one") {
  const grid::Geometry g = geometry_of(false);
  for (const std::int64_t i : {0, 40, 74}) {
    check_all(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? not_a_number : 1.0; });
    check_all(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? infinity : 1.0; });
    check_all(g, [=](const Index& c) { return c[0] == i && c[1] == 2 ? -infinity : 1.0; });
    check_all(g, [=](const Index& c) { return c[0] != i ? 1.0 : c[1] == 2 ? infinity : -infinity; });
  }
}

TEST_CASE("each evaluation starts afresh, and no diagnostics give no values") {
  const grid::Geometry g = geometry_of(false);
  loop::DiagnosticTable table{schema_of(), g};
  static_cast<void>(table.evaluate(world(), store_of(
                                                g, [](const Index&) { return not_a_number; }, 2)));
  const std::vector<double>& found = table.evaluate(world(), store_of(
                                                                 g, [](const Index&) { return 2.0; }, 2));
  // Sum, smallest, largest, l1 and l2 of 300 twos, then times a volume of 10.
  CHECK(std::vector(found.begin(), found.begin() + 5) ==
        std::vector{600.0, 2.0, 2.0, 600.0, std::sqrt(1200.0)});
  CHECK(std::vector(found.begin() + 10, found.begin() + 15) ==
        std::vector{6000.0, 20.0, 20.0, 6000.0, std::sqrt(12000.0)});
  loop::DiagnosticTable none{{}, g};
  CHECK(none.evaluate(world(), store_of(g, scattered, 2)).empty());
}
