// Compares ghost cells beyond the domain, on bricks of any shape, with the reference in boundary_case.h.
#include "boundary_case.h"
#include "grid/field/field_store.h"
#include "grid/halo/ghost_fill.h"
#include "grid/partition/partition.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

using namespace tessera;
using field::FieldStore;
using field::FieldView;
using field::Scalar;
using grid::BoundaryKind;
using grid::Box;
using grid::Index;

namespace {

using Case = test::BoundaryCase;

constexpr double unfilled = -777.0;

/// Fills `width` layers of the second field on all bricks, axis by axis.
void fill_all(halo::GhostFill& fill, FieldStore& store, const grid::Geometry& g, int width) {
  for (int axis = 0; axis < g.dimensions; ++axis) {
    for (const int side : {0, 1}) {
      for (int b = 0; b < static_cast<int>(store.bricks().size()); ++b) {
        Box ghosts{{}, store.bricks()[static_cast<std::size_t>(b)].extents()};
        for (int a = 0; a < g.dimensions; ++a) {
          ghosts.lower[a] -= width;
          ghosts.upper[a] += width;
        }
        (side == 0 ? ghosts.upper : ghosts.lower)[axis] = fill.face_position(b, axis, side);
        if (!ghosts.empty())
          fill.fill_beyond(axis, side, b, 1, store.current(b, 1), ghosts, Case::evaluation_time);
      }
    }
  }
}

template <class T>
void check_bricks(const Case& c, Scalar scalar, const Index& chunk, int ranks, int ghost, int width) {
  const grid::Geometry& g = c.geometry;
  const auto method = GENERATE(partition::Method::rcb, partition::Method::sfc);
  const auto p = partition::make_partition(method, {g.cells, chunk}, ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<Box> bricks;
    for (const Box& b : p->bricks(rank)) bricks.push_back(p->layout().cells_of(b));
    FieldStore store{{{"other", scalar, 1, 1, {}}, {"u", scalar, c.components, 1, Index::all(ghost)}},
                     bricks,
                     g.dimensions};
    halo::GhostFill fill{c.schema(),
                         c.job(),
                         {},
                         store,
                         [&](int brick, const Box& ghosts, int field, int axis, int side, double time) {
                           CHECK(field == 1);
                           CHECK(time == Case::evaluation_time);
                           for (int n = 0; n < c.components; ++n) {
                             test::for_each(ghosts, [&](const Index& i) {
                               *store.current(brick, 1).at<T>(i, n) =
                                   static_cast<T>(Case::custom_value(axis, side));
                             });
                           }
                         }};
    Index widths;
    for (int a = 0; a < g.dimensions; ++a) widths[a] = width;
    for (std::size_t b = 0; b < bricks.size(); ++b) {
      const FieldView view = store.current(static_cast<int>(b), 1);
      const Box& owned = bricks[b];
      for (int n = 0; n < c.components; ++n) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          // As after an exchange, cells in the domain and in its periodic images have their values.
          const bool exchanged = c.is_inside(cell) && owned.grown(widths).contains(cell);
          *view.at<T>(cell - owned.lower, n) = static_cast<T>(exchanged ? c.value(cell, n) : unfilled);
        });
      }
    }
    fill_all(fill, store, g, width);
    for (std::size_t b = 0; b < bricks.size(); ++b) {
      const FieldView view = store.current(static_cast<int>(b), 1);
      const Box& owned = bricks[b];
      for (int n = 0; n < c.components; ++n) {
        test::for_each(owned.grown(view.ghost), [&](const Index& cell) {
          const double expected = owned.grown(widths).contains(cell) ? c.value(cell, n) : unfilled;
          const auto actual = static_cast<double>(*view.at<T>(cell - owned.lower, n));
          if (actual != expected) {
            FAIL("brick " << grid::to_string(owned) << " component " << n << " at " << cell[0] << ' '
                          << cell[1] << ' ' << cell[2] << ": " << actual << ", not " << expected);
          }
        });
      }
    }
  }
}

}  // namespace

TEST_CASE("ghost cells are correct if all faces have the same kind of boundary") {
  const auto kind = GENERATE(BoundaryKind::outflow, BoundaryKind::wall, BoundaryKind::fixed,
                             BoundaryKind::face, BoundaryKind::custom);
  CAPTURE(static_cast<int>(kind));
  check_bricks<double>({Case::geometry_of(1, {{9, 1, 1}}), Case::all_faces(kind)}, Scalar::float64,
                       {{4, 1, 1}}, 2, 2, 2);
  check_bricks<float>({Case::geometry_of(2, {{7, 6, 1}}), Case::all_faces(kind)}, Scalar::float32,
                      {{3, 3, 1}}, 3, 3, 2);
  check_bricks<double>({Case::geometry_of(3, {{5, 6, 7}}), Case::all_faces(kind)}, Scalar::float64,
                       {{3, 3, 3}}, 4, 2, 2);
}

TEST_CASE("ghost cells at edges and corners are correct if faces have different kinds of boundary") {
  using enum BoundaryKind;
  Case c{Case::geometry_of(3, {{6, 5, 7}}), {{{wall, fixed}, {face, outflow}, {fixed, wall}}}};
  check_bricks<double>(c, Scalar::float64, {{3, 3, 3}}, 5, 3, 3);
  c.kinds = {{{face, face}, {wall, wall}, {outflow, fixed}}};
  check_bricks<float>(c, Scalar::float32, {{6, 2, 3}}, 2, 2, 1);
}

TEST_CASE("ghost cells are correct if only one axis is periodic") {
  using enum BoundaryKind;
  Case c{Case::geometry_of(2, {{6, 8, 1}}, {false, true, false}),
         {{{fixed, face}, {periodic, periodic}, {outflow, outflow}}}};
  check_bricks<double>(c, Scalar::float64, {{3, 2, 1}}, 4, 2, 2);
  c.geometry.periodic = {true, false, false};
  c.kinds = {{{periodic, periodic}, {wall, fixed}, {outflow, outflow}}};
  check_bricks<double>(c, Scalar::float64, {{3, 2, 1}}, 4, 2, 2);
}

TEST_CASE("ghost cells are correct on bricks thinner than the ghost layers") {
  const auto kind =
      GENERATE(BoundaryKind::outflow, BoundaryKind::wall, BoundaryKind::fixed, BoundaryKind::face);
  CAPTURE(static_cast<int>(kind));
  // The last chunk has one cell, so the ghost cells of the chunk before it extend beyond the face, too.
  check_bricks<double>({Case::geometry_of(1, {{7, 1, 1}}), Case::all_faces(kind)}, Scalar::float64,
                       {{3, 1, 1}}, 3, 3, 3);
  check_bricks<double>({Case::geometry_of(2, {{7, 10, 1}}), Case::all_faces(kind)}, Scalar::float64,
                       {{3, 3, 1}}, 12, 3, 3);
  check_bricks<double>({Case::geometry_of(1, {{6, 1, 1}}), Case::all_faces(kind)}, Scalar::float64,
                       {{1, 1, 1}}, 6, 3, 3);
  check_bricks<double>({Case::geometry_of(1, {{3, 1, 1}}), Case::all_faces(kind)}, Scalar::float64,
                       {{3, 1, 1}}, 1, 3, 3);
}

TEST_CASE("filling zero layers changes no cells") {
  check_bricks<double>({Case::geometry_of(1, {{6, 1, 1}}), Case::all_faces(BoundaryKind::wall)},
                       Scalar::float64, {{3, 1, 1}}, 2, 2, 0);
}
