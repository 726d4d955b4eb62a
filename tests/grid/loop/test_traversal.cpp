// The order in which skewed tiles visit cells, checked cell by cell.
#include "grid/loop/traversal.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using loop::Pass;
using loop::Tiling;

namespace {

/// For each cell of a box, the index of the call of visit() that visited it; -1 if it has not been visited.
class VisitNumbers {
 public:
  explicit VisitNumbers(const Box& box)
      : box_{box}, numbers_by_cell_(static_cast<std::size_t>(box.volume()), -1) {}
  int& operator[](const Index& cell) {
    const Index l = cell - box_.lower;
    return numbers_by_cell_[static_cast<std::size_t>(l[0] + box_.extent(0) * (l[1] + box_.extent(1) * l[2]))];
  }

 private:
  Box box_;
  std::vector<int> numbers_by_cell_;
};

/// A pass over `region` in which each cell depends on its neighbours up to distance `radius`.
struct PlannedPass {
  int radius = 0;
  int skew = 0;
  Box region;
};

/// Returns passes over shrinking regions: on some sides, the region of a pass also contains the cells beyond
/// the region of the next pass that the next pass reads.
std::vector<PlannedPass> random_passes(std::mt19937& random, int dimensions, const Index& owned) {
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  std::vector<PlannedPass> passes(static_cast<std::size_t>(pick(1, 4)));
  int previous_radius = 0;
  int skew = 0;
  for (PlannedPass& p : passes) {
    p.radius = pick(0, 2);
    skew += std::max(previous_radius, p.radius) + (pick(0, 3) == 0 ? 1 : 0);
    p.skew = skew;
    previous_radius = p.radius;
  }
  std::array<std::array<bool, 2>, 3> sides_with_halo{};
  for (auto& sides : sides_with_halo) sides = {pick(0, 1) == 1, pick(0, 1) == 1};
  int halo_depth = 0;
  for (std::size_t n = passes.size(); n-- > 0;) {
    passes[n].region = {{}, owned};
    for (int a = 0; a < dimensions; ++a) {
      const auto& sides = sides_with_halo[static_cast<std::size_t>(a)];
      if (sides[0]) passes[n].region.lower[a] -= halo_depth;
      if (sides[1]) passes[n].region.upper[a] += halo_depth;
    }
    halo_depth += passes[n].radius;
  }
  return passes;
}

class VisitRecorder {
 public:
  VisitRecorder(const std::vector<PlannedPass>& passes, const Box& all)
      : passes_{passes}, all_{all}, numbers_(passes.size(), VisitNumbers{all}) {}

  void visit(std::size_t pass, const Box& cells) {
    if (cells.empty() || !passes_[pass].region.contains(cells)) FAIL("a box outside the region of its pass");
    test::for_each(cells, [&](const Index& cell) {
      if (numbers_[pass][cell] != -1) FAIL("a cell is visited twice in a pass");
      numbers_[pass][cell] = visits_;
    });
    ++visits_;
  }

  /// Checks that each pass has visited each cell of its region, after earlier passes wrote the cells that it
  /// may read, and before later passes overwrote them.
  void check() {
    for (std::size_t p = 0; p < passes_.size(); ++p) {
      test::for_each(passes_[p].region, [&](const Index& cell) {
        if (numbers_[p][cell] == -1) FAIL("a cell is not visited in pass " << p);
      });
    }
    for (std::size_t q = 1; q < passes_.size(); ++q) {
      for (std::size_t p = 0; p < q; ++p) {
        const Index radius = Index::all(std::max(passes_[p].radius, passes_[q].radius));
        test::for_each(passes_[q].region, [&](const Index& cell) {
          const Box around = Box{cell, cell + Index::all(1)}.grown(radius);
          test::for_each(grid::intersection(around, passes_[p].region), [&](const Index& other) {
            if (numbers_[p][other] >= numbers_[q][cell]) {
              FAIL("pass " << q << " visits " << cell[0] << ' ' << cell[1] << ' ' << cell[2]
                           << " before pass " << p << " visits " << other[0] << ' ' << other[1] << ' '
                           << other[2]);
            }
          });
        });
      }
    }
  }

 private:
  const std::vector<PlannedPass>& passes_;
  Box all_;
  std::vector<VisitNumbers> numbers_;
  int visits_ = 0;
};

/// Cuts a box into disjoint pieces at random planes, and shuffles the pieces.
std::vector<Box> random_pieces(std::mt19937& random, const Box& box) {
  std::vector<Box> pieces{box};
  for (int n = 0; n < 3; ++n) {
    Box& piece = pieces[random() % pieces.size()];
    const int axis = static_cast<int>(random() % 3);
    if (piece.extent(axis) < 2) continue;
    Box rest = piece;
    rest.lower[axis] =
        piece.lower[axis] + 1 +
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(piece.extent(axis) - 1));
    piece.upper[axis] = rest.lower[axis];
    pieces.push_back(rest);
  }
  std::shuffle(pieces.begin(), pieces.end(), random);
  return pieces;
}

Tiling random_tiling(std::mt19937& random) {
  Tiling tiling;
  tiling.planes = 1 + static_cast<int>(random() % 5);
  tiling.rows = static_cast<int>(random() % 4);
  return tiling;
}

Index random_extents(std::mt19937& random, int dimensions) {
  Index owned = Index::all(1);
  for (int a = 0; a < dimensions; ++a) {
    owned[a] = 1 + static_cast<std::int64_t>(random() % (dimensions == 3 ? 8 : 16));
  }
  return owned;
}

}  // namespace

TEST_CASE("every cell is visited once per pass, after the cells on which it depends") {
  const int dimensions = GENERATE(1, 2, 3);
  std::mt19937 random{static_cast<unsigned>(dimensions)};
  for (int n = 0; n < 150; ++n) {
    const std::vector<PlannedPass> planned =
        random_passes(random, dimensions, random_extents(random, dimensions));
    std::vector<Pass> passes;
    for (const PlannedPass& p : planned) passes.push_back({p.skew, random_pieces(random, p.region)});
    VisitRecorder recorder{planned, planned.front().region.grown(Index::all(2))};
    loop::traverse(passes, dimensions, random_tiling(random),
                   [&](std::size_t pass, const Box& cells) { recorder.visit(pass, cells); });
    recorder.check();
  }
}

TEST_CASE("cells farther than the skew from waiting sides can all be computed before the other cells") {
  const int dimensions = GENERATE(1, 2, 3);
  std::mt19937 random{100u + static_cast<unsigned>(dimensions)};
  for (int n = 0; n < 150; ++n) {
    const Index owned = random_extents(random, dimensions);
    const std::vector<PlannedPass> planned = random_passes(random, dimensions, owned);
    std::array<std::array<bool, 2>, 3> waiting_sides{};
    for (int a = 0; a < dimensions; ++a) {
      for (bool& side : waiting_sides[static_cast<std::size_t>(a)]) side = random() % 2 == 0;
    }
    std::vector<Pass> cores;
    std::vector<Pass> rims;
    for (const PlannedPass& p : planned) {
      Box core = p.region;
      for (int a = 0; a < dimensions; ++a) {
        const auto& sides = waiting_sides[static_cast<std::size_t>(a)];
        if (sides[0]) core.lower[a] = std::min(core.upper[a], std::int64_t{p.skew});
        if (sides[1]) core.upper[a] = std::max(core.lower[a], owned[a] - p.skew);
      }
      cores.push_back({p.skew, {core}});
      rims.push_back({p.skew, core.empty() ? std::vector{p.region} : grid::difference(p.region, core)});
    }
    const Tiling tiling = random_tiling(random);
    VisitRecorder recorder{planned, planned.front().region.grown(Index::all(2))};
    const auto visit = [&](std::size_t pass, const Box& cells) { recorder.visit(pass, cells); };
    loop::traverse(cores, dimensions, tiling, visit);
    loop::traverse(rims, dimensions, tiling, visit);
    recorder.check();
  }
}

TEST_CASE("boxes have the size given by the tiling") {
  const std::vector<Pass> passes{{1, {{{}, {{7, 9, 11}}}}}, {2, {{{}, {{7, 9, 11}}}}}};
  std::int64_t max_planes = 0;
  std::int64_t max_rows = 0;
  int visits = 0;
  loop::traverse(passes, 3, {2, 4, 3, false}, [&](std::size_t, const Box& cells) {
    CHECK(cells.extent(0) == 7);
    max_rows = std::max(max_rows, cells.extent(1));
    max_planes = std::max(max_planes, cells.extent(2));
    ++visits;
  });
  CHECK(max_rows == 4);
  CHECK(max_planes == 3);
  // 9 rows in tiles of 4, starting at row 0 and at row -1; likewise, 11 planes in tiles of 3.
  CHECK(visits == 3 * 4 + 3 * 4);

  visits = 0;
  loop::traverse(passes, 3, {2, 0, 100, false}, [&](std::size_t pass, const Box& cells) {
    CHECK(pass == static_cast<std::size_t>(visits));
    CHECK(cells == Box{{}, {{7, 9, 11}}});
    ++visits;
  });
  CHECK(visits == 2);

  visits = 0;
  loop::traverse(passes, 2, {2, 4, 9, false}, [&](std::size_t, const Box& cells) {
    CHECK(cells.extent(2) == 11);  // tiles have rows only in three dimensions
    ++visits;
  });
  CHECK(visits == 3);
}

TEST_CASE("without passes or cells, visit() is not called") {
  const auto never = [](std::size_t, const Box&) { FAIL("visit() is called"); };
  loop::traverse({}, 3, {1, 2, 1, false}, never);
  loop::traverse({{1, {}}, {2, {Box{}}}}, 3, {1, 2, 1, false}, never);
}
