// Counts of bricks and cells, compared with those of explicit lists of bricks.
#include "grid/partition/brick_block.h"

#include <catch2/catch.hpp>

#include <map>

using namespace tessera;
using partition::BrickBlock;

namespace {

std::vector<grid::Box> bricks_of(const grid::ChunkLayout& layout, const grid::Box& chunks, bool split) {
  if (!split) return {layout.cells_of(chunks)};
  std::vector<grid::Box> bricks;
  for_each_index(chunks, [&](const grid::Index& at) { bricks.push_back(layout.cells_of(grid::box_at(at))); });
  return bricks;
}

void check(const grid::ChunkLayout& layout, const grid::Box& chunks, const grid::Index& ghost) {
  for (const bool split : {false, true}) {
    const BrickBlock block{layout, chunks, split};
    const std::vector<grid::Box> bricks = bricks_of(layout, chunks, split);
    CHECK(block.count() == static_cast<double>(bricks.size()));
    CHECK(block.chunks() == static_cast<double>(chunks.volume()));
    std::map<grid::Index, double> by_extents;
    std::map<grid::Index, double> expected;
    for (const auto& kind : block.kinds()) by_extents[kind.cells.extents()] += kind.count;
    for (const grid::Box& b : bricks) expected[b.extents()] += 1.0;
    CHECK(by_extents == expected);
    const grid::Box domain{{}, layout.cells()};
    for (const grid::Box& box : {domain, layout.cells_of(chunks), domain.shifted({{layout.cells()[0], 0, 0}}),
                                 domain.shifted({{-layout.cells()[0], -layout.cells()[1], 0}}),
                                 grid::Box{{{2, 1, 0}}, {{3, 9, 1}}}}) {
      double cells = 0.0;
      for (const grid::Box& b : bricks)
        cells += static_cast<double>(grid::intersection(b.grown(ghost), box).volume());
      CAPTURE(split, grid::to_string(chunks), grid::to_string(box), ghost[0]);
      CHECK(block.overlap(ghost, box) == cells);
    }
    double pairs = 0.0;
    for (const grid::Box& a : bricks) {
      for (const grid::Box& b : bricks)
        pairs += !(a == b) && !grid::intersection(a.grown(ghost), b).empty() ? 1.0 : 0.0;
    }
    CHECK(block.neighbour_pairs(ghost) == pairs);
  }
}

}  // namespace

TEST_CASE("bricks, their neighbours and their cells are counted without a list of them") {
  const grid::ChunkLayout plane{{{23, 17, 1}}, {{3, 4, 1}}};
  const grid::ChunkLayout merged{{{22, 17, 1}}, {{3, 4, 1}}, 2};  // the last chunk along x has 4 cells
  const grid::ChunkLayout box{{{7, 9, 5}}, {{2, 3, 1}}};
  for (const std::int64_t n : {0, 1, 2, 3}) {
    check(plane, {{}, plane.lattice()}, {{n, n, 0}});
    check(plane, {{{2, 1, 0}}, {{5, 4, 1}}}, {{n, n, 0}});
    check(plane, {{{7, 4, 0}}, {{8, 5, 1}}}, {{n, 0, 0}});
    check(merged, {{}, merged.lattice()}, {{n, n, 0}});
    check(box, {{}, box.lattice()}, {{n, n, n}});
    check(box, {{{1, 0, 2}}, {{3, 2, 5}}}, {{n, n, n}});
  }
  const grid::ChunkLayout line{{{40, 1, 1}}, {{2, 1, 1}}};
  for (const std::int64_t n : {1, 4, 7}) check(line, {{{3, 0, 0}}, {{15, 1, 1}}}, {{n, 0, 0}});
}

TEST_CASE("10^18 bricks are counted as fast as 10") {
  const grid::ChunkLayout layout{{{1000000, 1000000, 1000000}}, {{1, 1, 1}}};
  const BrickBlock block{layout, {{}, layout.lattice()}, true};
  CHECK(block.count() == 1e18);
  CHECK(block.kinds().size() == 8);
  CHECK(block.overlap({{1, 1, 1}}, {{}, layout.cells()}) == Approx(27e18).epsilon(1e-5));
  CHECK(block.neighbour_pairs({{1, 1, 1}}) == Approx(26e18).epsilon(1e-5));
}
