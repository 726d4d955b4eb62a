// Fills ghost cells box by box while cells are computed, and compares them with the reference in
// boundary_case.h.
#include "boundary_case.h"
#include "grid/field/field_store.h"
#include "grid/halo/ghost_fill.h"
#include "grid/loop/traversal.h"
#include "grid/partition/partition.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <random>

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

/// How a brick is traversed. `halo_depth`: number of ghost layers that are computed along exchanged axes;
/// `width`: number of layers filled beyond the domain; `tiling`: the boxes.
struct Setup {
  std::array<bool, 3> exchanged{true, true, true};
  int halo_depth = 0;
  int width = 1;
  loop::Tiling tiling;
};

/// The computed cells of a brick: its owned cells and `halo_depth` layers of cells of other bricks.
Box computed_cells(const Case& c, const Box& owned, const Setup& setup) {
  Box cells = owned;
  for (int a = 0; a < c.geometry.dimensions; ++a) {
    if (!setup.exchanged[static_cast<std::size_t>(a)]) continue;
    cells.lower[a] -= setup.halo_depth;
    cells.upper[a] += setup.halo_depth;
    if (c.geometry.periodic[static_cast<std::size_t>(a)]) continue;
    cells.lower[a] = std::max<std::int64_t>(cells.lower[a], 0);
    cells.upper[a] = std::min(cells.upper[a], c.geometry.cells[a]);
  }
  return cells;
}

/// The cells that must have values after all cells of `computed` have been computed.
Box filled_cells(const Case& c, const Box& owned, const Box& computed, const Setup& setup,
                 const Index& ghost) {
  Box cells = computed;
  for (int a = 0; a < c.geometry.dimensions; ++a) {
    const bool periodic = c.geometry.periodic[static_cast<std::size_t>(a)];
    if (periodic && setup.exchanged[static_cast<std::size_t>(a)]) continue;
    if (periodic || computed.lower[a] == 0) cells.lower[a] -= setup.width;
    if (periodic || computed.upper[a] == c.geometry.cells[a]) cells.upper[a] += setup.width;
  }
  return grid::intersection(cells, owned.grown(ghost));
}

template <class T>
void check_fill(const Case& c, Scalar scalar, const Index& chunk, int ranks, const Setup& setup) {
  const grid::Geometry& g = c.geometry;
  const int dimensions = g.dimensions;
  std::array<bool, 3> wrapped{};
  Index ghost;
  for (int a = 0; a < dimensions; ++a) {
    const auto n = static_cast<std::size_t>(a);
    wrapped[n] = g.periodic[n] && !setup.exchanged[n];
    ghost[a] = setup.exchanged[n] ? std::max(setup.halo_depth, setup.width) : setup.width;
  }
  const auto p = partition::make_partition(partition::Method::rcb, {g.cells, chunk, setup.width}, ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<Box> bricks;
    for (const Box& b : p->bricks(rank)) bricks.push_back(p->layout().cells_of(b));
    if (bricks.empty()) continue;
    FieldStore store{
        {{"other", scalar, 1, 1, {}}, {"u", scalar, c.components, 2, ghost}}, bricks, dimensions};
    const FieldView level = store.view_after(0, 1, 1);  // not the current level
    halo::GhostFill ghosts{c.schema(), c.job(), wrapped, store,
                           [&](int, const Box& beyond, int, int axis, int side, double) {
                             for (int n = 0; n < c.components; ++n) {
                               test::for_each(beyond, [&](const Index& i) {
                                 *level.at<T>(i, n) = static_cast<T>(Case::custom_value(axis, side));
                               });
                             }
                           }};
    const Box& owned = bricks[0];
    const Box all = owned.grown(ghost);
    const Box computed = computed_cells(c, owned, setup);
    const Box filled = filled_cells(c, owned, computed, setup, ghost);
    for (int n = 0; n < c.components; ++n) {
      test::for_each(all,
                     [&](const Index& i) { *level.at<T>(i - owned.lower, n) = static_cast<T>(unfilled); });
    }
    const Box local = computed.shifted(Index{} - owned.lower);
    loop::traverse({{0, {local}}}, dimensions, setup.tiling, [&](std::size_t, const Box& cells) {
      for (int n = 0; n < c.components; ++n) {
        test::for_each(
            cells, [&](const Index& i) { *level.at<T>(i, n) = static_cast<T>(c.value(i + owned.lower, n)); });
      }
      ghosts.fill(0, 1, level, setup.width, cells, local.upper, Case::evaluation_time);
    });
    for (int n = 0; n < c.components; ++n) {
      test::for_each(all, [&](const Index& cell) {
        const double expected = filled.contains(cell) ? c.value(cell, n) : unfilled;
        const auto actual = static_cast<double>(*level.at<T>(cell - owned.lower, n));
        if (actual != expected) {
          FAIL("brick " << grid::to_string(owned) << " component " << n << " at " << cell[0] << ' ' << cell[1]
                        << ' ' << cell[2] << ": " << actual << ", not " << expected << "; halo depth "
                        << setup.halo_depth << " width " << setup.width << " planes " << setup.tiling.planes
                        << " rows " << setup.tiling.rows);
        }
      });
    }
  }
}

/// Checks boxes of many sizes. The axes along which a brick is divided into boxes are never wrapped.
void check_setups(const Case& c, const Index& chunk, int ranks, int max_depth, int max_width) {
  const int dimensions = c.geometry.dimensions;
  for (int width = 1; width <= max_width; ++width) {
    for (int depth = 0; depth <= max_depth; ++depth) {
      for (const int planes : {1, 2, 5, 100}) {
        for (const int rows : {0, 1, 3}) {
          if (rows > 0 && dimensions < 3) continue;
          Setup setup{{true, true, true}, depth, width, {1, rows, planes, false}};
          check_fill<double>(c, Scalar::float64, chunk, ranks, setup);
          if (ranks > 1) continue;
          // A single brick fills its own periodic images along the axes that every box spans.
          setup.exchanged = {dimensions == 1, dimensions == 2 || rows > 0, true};
          check_fill<float>(c, Scalar::float32, chunk, ranks, setup);
        }
      }
    }
  }
}

Case case_of(int dimensions, const Index& cells, std::array<bool, 3> periodic, const Case::Kinds& kinds) {
  Case c;
  c.geometry = Case::geometry_of(dimensions, cells, periodic);
  c.kinds = kinds;
  if (dimensions == 3) c.components = 2;  // one is odd across x, the other across y
  return c;
}

}  // namespace

TEST_CASE("boxes of a 1-D brick fill the ghost cells at both ends") {
  using enum BoundaryKind;
  for (const int ranks : {1, 2, 4}) {
    for (const auto kind : {outflow, wall, fixed, face, custom}) {
      check_setups(case_of(1, {{13, 1, 1}}, {}, Case::all_faces(kind)), {{3, 1, 1}}, ranks, 5, 3);
    }
    check_setups(case_of(1, {{13, 1, 1}}, {true}, Case::all_faces(periodic)), {{3, 1, 1}}, ranks, 5, 3);
  }
}

TEST_CASE("boxes of a 2-D brick fill its ghost cells at boundary faces and along periodic axes") {
  using enum BoundaryKind;
  const auto none = Case::all_faces(outflow)[2];
  for (const int ranks : {1, 2, 5}) {
    check_setups(case_of(2, {{9, 11, 1}}, {}, {{{wall, fixed}, {face, outflow}, none}}), {{3, 4, 1}}, ranks,
                 4, 3);
    check_setups(case_of(2, {{9, 11, 1}}, {true}, {{{periodic, periodic}, {face, wall}, none}}), {{3, 4, 1}},
                 ranks, 4, 3);
    check_setups(case_of(2, {{9, 11, 1}}, {false, true}, {{{fixed, face}, {periodic, periodic}, none}}),
                 {{3, 4, 1}}, ranks, 4, 3);
    check_setups(case_of(2, {{9, 11, 1}}, {true, true}, Case::all_faces(periodic)), {{3, 4, 1}}, ranks, 4, 3);
  }
}

TEST_CASE("boxes of a 3-D brick fill its ghost cells at boundary faces and along periodic axes") {
  using enum BoundaryKind;
  for (const int ranks : {1, 3}) {
    check_setups(case_of(3, {{6, 7, 8}}, {}, {{{wall, face}, {fixed, wall}, {outflow, face}}}), {{3, 4, 4}},
                 ranks, 3, 2);
    check_setups(
        case_of(3, {{6, 7, 8}}, {true, true}, {{{periodic, periodic}, {periodic, periodic}, {wall, fixed}}}),
        {{3, 4, 4}}, ranks, 3, 2);
    check_setups(case_of(3, {{6, 7, 8}}, {true, false, true},
                         {{{periodic, periodic}, {custom, face}, {periodic, periodic}}}),
                 {{3, 4, 4}}, ranks, 3, 2);
  }
}

TEST_CASE("filling zero layers changes no ghost cells") {
  const Case c = case_of(1, {{6, 1, 1}}, {}, Case::all_faces(BoundaryKind::wall));
  check_fill<double>(c, Scalar::float64, {{6, 1, 1}}, 1, {{true, true, true}, 0, 0, {1, 0, 2, false}});
}
