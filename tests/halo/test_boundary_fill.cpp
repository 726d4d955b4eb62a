// Ghost cells beyond the domain, on bricks of any shape, against a recursive definition.
#include "halo/boundary_fill.h"
#include "partition/partition.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>

using namespace tessera;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using grid::Box;
using grid::Index;
using job::BoundaryKind;

namespace {

constexpr double now = 0.5;
constexpr double stale = -777.0;

/// Numbers with few bits, so that all arithmetic below is exact, in float too.
double inner(const Index& cell, int component) {
  return static_cast<double>(cell[0] + 16 * (cell[1] + 16 * cell[2])) + 0.25 * component;
}

/// The formula that fixed and face values use, as the job writes it and as C++ says it.
constexpr const char* formula_text = "2*x - 4*y + t + z";
double formula(const std::array<double, 3>& at) { return 2.0 * at[0] - 4.0 * at[1] + now + at[2]; }

struct Case {
  grid::Geometry geometry;
  std::array<std::array<BoundaryKind, 2>, 3> kinds{};
  int components = 3;
  std::vector<std::uint8_t> odd{1, 2, 4};  // component c is odd across axis c

  /// The value of a cell within or beyond the domain. The last axis has the last word, as edges and
  /// corners are filled axis by axis from x on.
  double value(Index cell, int component) const {
    for (int a = 0; a < 3; ++a) {
      if (geometry.periodic[static_cast<std::size_t>(a)])
        cell[a] = (cell[a] + geometry.cells[a]) % geometry.cells[a];
    }
    for (int a = 2; a >= 0; --a) {
      const std::int64_t n = geometry.cells[a];
      if (cell[a] >= 0 && cell[a] < n) continue;
      const std::size_t side = cell[a] < 0 ? 0 : 1;
      Index nearest = cell;
      nearest[a] = side == 0 ? 0 : n - 1;
      Index mirror = cell;
      mirror[a] = side == 0 ? -1 - cell[a] : 2 * n - 1 - cell[a];
      std::array<double, 3> at{geometry.centre(0, cell[0]), geometry.centre(1, cell[1]),
                               geometry.centre(2, cell[2])};
      switch (kinds[static_cast<std::size_t>(a)][side]) {
        case BoundaryKind::wall: {
          const bool flips = (odd[static_cast<std::size_t>(component)] >> a & 1) != 0;
          return (flips ? -1.0 : 1.0) * value(mirror, component);
        }
        case BoundaryKind::fixed:
          if (component == 0) return formula(at);
          if (component == 1) return 8.0;
          return value(nearest, component);
        case BoundaryKind::face:
          at[static_cast<std::size_t>(a)] = side == 0 ? geometry.lower[static_cast<std::size_t>(a)]
                                                      : geometry.upper[static_cast<std::size_t>(a)];
          if (component == 0) return 2.0 * formula(at) - value(mirror, component);
          if (component == 1) return 16.0 - value(mirror, component);
          return value(nearest, component);
        case BoundaryKind::custom:
          return 1000.0 + 10.0 * a + static_cast<double>(side);
        case BoundaryKind::outflow:
        case BoundaryKind::periodic:
          break;
      }
      return value(nearest, component);
    }
    return inner(cell, component);
  }
};

template <class T>
void check_bricks(const Case& c, Scalar scalar, const Index& chunk, int ranks, int ghost, int width) {
  const grid::Geometry& g = c.geometry;
  job::SolverSchema schema;
  schema.fields.resize(2);
  schema.fields[1].name = "u";
  schema.fields[1].components = c.components;
  schema.fields[1].odd_axes = c.odd;
  job::JobSpec job;
  job.geometry = g;
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t side = 0; side < 2; ++side) {
      job.boundary[a][side].kind = c.kinds[a][side];
      if (c.kinds[a][side] != BoundaryKind::fixed && c.kinds[a][side] != BoundaryKind::face) continue;
      job.boundary[a][side].values = {{0, 0, 5.0}, {1, 0, job::FormulaText{formula_text}}, {1, 1, 8.0}};
    }
  }
  const auto method = GENERATE(partition::Method::rcb, partition::Method::sfc);
  const auto p = partition::make_partition(method, {g.cells, chunk}, ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<Box> bricks;
    for (const Box& b : p->bricks(rank)) bricks.push_back(p->layout().cells_of(b));
    FieldStore store{
        {{"other", scalar, 1, 1, 0}, {"u", scalar, c.components, 1, ghost}}, bricks, g.dimensions};
    halo::BoundaryFill fill{
        g, schema, job, store, [&](int brick, const Box& ghosts, int field, int axis, int side, double time) {
          CHECK(field == 1);
          CHECK(time == now);
          for (int n = 0; n < c.components; ++n) {
            test::for_each(ghosts, [&](const Index& i) {
              *store.current(brick, 1).at<T>(i, n) = static_cast<T>(1000 + 10 * axis + side);
            });
          }
        }};
    Index reach;
    for (int a = 0; a < g.dimensions; ++a) reach[a] = width;
    const auto inside = [&](const Index& cell) {
      for (int a = 0; a < 3; ++a) {
        if (!g.periodic[static_cast<std::size_t>(a)] && (cell[a] < 0 || cell[a] >= g.cells[a])) return false;
      }
      return true;
    };
    for (std::size_t b = 0; b < bricks.size(); ++b) {
      const FieldView view = store.current(static_cast<int>(b), 1);
      const Box& owned = bricks[b];
      for (int n = 0; n < c.components; ++n) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          // As after an exchange: what lies in the domain or a periodic image of it is there.
          const bool there = inside(cell) && owned.grown(reach).contains(cell);
          *view.at<T>(cell - owned.lower, n) = static_cast<T>(there ? c.value(cell, n) : stale);
        });
      }
    }
    fill.fill(1, width, now);
    for (std::size_t b = 0; b < bricks.size(); ++b) {
      const FieldView view = store.current(static_cast<int>(b), 1);
      const Box& owned = bricks[b];
      for (int n = 0; n < c.components; ++n) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double want = owned.grown(reach).contains(cell) ? c.value(cell, n) : stale;
          const auto have = static_cast<double>(*view.at<T>(cell - owned.lower, n));
          if (have != want) {
            FAIL("brick " << grid::to_string(owned) << " component " << n << " at " << cell[0] << ' '
                          << cell[1] << ' ' << cell[2] << ": " << have << ", not " << want);
          }
        });
      }
    }
  }
}

grid::Geometry geometry_of(int dimensions, const Index& cells, std::array<bool, 3> periodic = {}) {
  grid::Geometry g;
  g.dimensions = dimensions;
  g.cells = cells;
  g.periodic = periodic;
  for (int a = 0; a < dimensions; ++a) {  // cells of a quarter: centres are exact
    g.lower[static_cast<std::size_t>(a)] = -1.0;
    g.upper[static_cast<std::size_t>(a)] = -1.0 + 0.25 * static_cast<double>(cells[a]);
  }
  return g;
}

std::array<std::array<BoundaryKind, 2>, 3> everywhere(BoundaryKind kind) {
  return {{{kind, kind}, {kind, kind}, {kind, kind}}};
}

}  // namespace

TEST_CASE("each kind of face alone, in 1, 2 and 3 dimensions") {
  const auto kind = GENERATE(BoundaryKind::outflow, BoundaryKind::wall, BoundaryKind::fixed,
                             BoundaryKind::face, BoundaryKind::custom);
  CAPTURE(static_cast<int>(kind));
  check_bricks<double>({geometry_of(1, {{9, 1, 1}}), everywhere(kind)}, Scalar::float64, {{4, 1, 1}}, 2, 2,
                       2);
  check_bricks<float>({geometry_of(2, {{7, 6, 1}}), everywhere(kind)}, Scalar::float32, {{3, 3, 1}}, 3, 3, 2);
  check_bricks<double>({geometry_of(3, {{5, 6, 7}}), everywhere(kind)}, Scalar::float64, {{3, 3, 3}}, 4, 2,
                       2);
}

TEST_CASE("kinds that differ from face to face meet at edges and corners") {
  using enum BoundaryKind;
  Case c{geometry_of(3, {{6, 5, 7}}), {{{wall, fixed}, {face, outflow}, {fixed, wall}}}};
  check_bricks<double>(c, Scalar::float64, {{3, 3, 3}}, 5, 3, 3);
  c.kinds = {{{face, face}, {wall, wall}, {outflow, fixed}}};
  check_bricks<float>(c, Scalar::float32, {{6, 2, 3}}, 2, 2, 1);
}

TEST_CASE("faces beside periodic axes") {
  using enum BoundaryKind;
  Case c{geometry_of(2, {{6, 8, 1}}, {false, true, false}),
         {{{fixed, face}, {periodic, periodic}, {outflow, outflow}}}};
  check_bricks<double>(c, Scalar::float64, {{3, 2, 1}}, 4, 2, 2);
  c.geometry.periodic = {true, false, false};
  c.kinds = {{{periodic, periodic}, {wall, fixed}, {outflow, outflow}}};
  check_bricks<double>(c, Scalar::float64, {{3, 2, 1}}, 4, 2, 2);
}

TEST_CASE("bricks thinner than the ghost layers, at the faces and next to them") {
  const auto kind =
      GENERATE(BoundaryKind::outflow, BoundaryKind::wall, BoundaryKind::fixed, BoundaryKind::face);
  CAPTURE(static_cast<int>(kind));
  // The last chunk has one cell: the one before it reaches beyond the face too.
  check_bricks<double>({geometry_of(1, {{7, 1, 1}}), everywhere(kind)}, Scalar::float64, {{3, 1, 1}}, 3, 3,
                       3);
  check_bricks<double>({geometry_of(2, {{7, 10, 1}}), everywhere(kind)}, Scalar::float64, {{3, 3, 1}}, 12, 3,
                       3);
  check_bricks<double>({geometry_of(1, {{6, 1, 1}}), everywhere(kind)}, Scalar::float64, {{1, 1, 1}}, 6, 3,
                       3);
  check_bricks<double>({geometry_of(1, {{3, 1, 1}}), everywhere(kind)}, Scalar::float64, {{3, 1, 1}}, 1, 3,
                       3);
}

TEST_CASE("a width of nothing changes nothing") {
  check_bricks<double>({geometry_of(1, {{6, 1, 1}}), everywhere(BoundaryKind::wall)}, Scalar::float64,
                       {{3, 1, 1}}, 2, 2, 0);
}
