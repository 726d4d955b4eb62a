#include "base/contract.h"
#include "grid/partition/rcb.h"
#include "support/cells.h"
#include "support/weighted_partition.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using partition::Cut;
using partition::CutNode;
using partition::CutTree;
using partition::Owner;
using partition::Rcb;

namespace {

/// A tree of random cuts, and the resulting boxes, computed by an independent recursion.
struct RandomTree {
  CutTree tree;
  std::map<int, Box> boxes;  // by rank
  std::mt19937* random;

  RandomTree(const Index& lattice, int ranks, std::mt19937& r) : tree{ranks}, random{&r} {
    std::size_t slot = 0;
    grow({{}, lattice}, 0, ranks, slot);
  }

  void grow(const Box& box, int first, int count, std::size_t& slot) {
    if (count == 1 || box.volume() == 1) {
      boxes[first] = box;
      slot += static_cast<std::size_t>(count) - 1;  // unused slots of a leaf of several ranks
      return;
    }
    Cut cut;
    do {
      cut.axis = static_cast<int>((*random)() % 3);
    } while (box.extent(cut.axis) < 2);
    cut.at = box.lower[cut.axis] + 1 +
             static_cast<std::int64_t>((*random)() % static_cast<std::uint64_t>(box.extent(cut.axis) - 1));
    cut.lower_ranks = 1 + static_cast<int>((*random)() % static_cast<std::uint64_t>(count - 1));
    tree[slot++] = cut;
    Box lower = box;
    Box upper = box;
    lower.upper[cut.axis] = cut.at;
    upper.lower[cut.axis] = cut.at;
    grow(lower, first, cut.lower_ranks, slot);
    grow(upper, first + cut.lower_ranks, count - cut.lower_ranks, slot);
  }
};

/// Costs of the chunks, equal to their cell counts.
std::vector<double> cells_of(const grid::ChunkLayout& layout) {
  std::vector<double> cells;
  for (std::int64_t chunk = 0; chunk < layout.chunk_count(); ++chunk) {
    cells.push_back(static_cast<double>(layout.cells_of(grid::box_at(layout.index_of(chunk))).volume()));
  }
  return cells;
}

}  // namespace

TEST_CASE("a partition made from a cut tree has the boxes that the cuts define") {
  std::mt19937 random{21};
  for (const Index& lattice : {Index{{1, 1, 1}}, Index{{9, 1, 1}}, Index{{5, 6, 1}}, Index{{4, 3, 5}}}) {
    const grid::ChunkLayout layout{lattice, {{1, 1, 1}}};
    for (int n = 0; n < 200; ++n) {
      const int ranks = 1 + static_cast<int>(random() % 40);
      const RandomTree expected{lattice, ranks, random};
      const Rcb p{layout, ranks, expected.tree};
      REQUIRE(p.ranks() == ranks);
      for (int rank = 0; rank < ranks; ++rank) {
        const auto found = expected.boxes.find(rank);
        const std::vector<Box> bricks =
            found == expected.boxes.end() ? std::vector<Box>{} : std::vector<Box>{found->second};
        if (p.bricks(rank) != bricks) FAIL("rank " << rank << " of " << ranks);
      }
      Box query;
      for (int a = 0; a < 3; ++a) {
        query.lower[a] = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(lattice[a]));
        query.upper[a] = query.lower[a] + 1 + static_cast<std::int64_t>(random() % 3);
      }
      std::map<int, Box> expected_owners;
      for (const auto& [rank, box] : expected.boxes) {
        if (!grid::intersection(box, query).empty()) expected_owners[rank] = box;
      }
      std::map<int, Box> visited;
      p.visit_owners(query, [&](const Owner& o) {
        if (o.brick != 0 || !visited.emplace(o.rank, o.chunks).second) FAIL("visited twice");
      });
      if (visited != expected_owners) FAIL("visited the wrong owners");
    }
  }
}

TEST_CASE("a partition without given cuts equals one weighted by cell counts") {
  for (const Index& cells : {Index{{40, 30, 1}}, Index{{23, 19, 11}}, Index{{3, 50, 1}}}) {
    const grid::ChunkLayout layout{cells, {{3, 4, 2}}};
    for (const int ranks : {1, 2, 3, 7, 16, 61, 500}) {
      const Rcb chosen{layout, ranks};
      const auto given = test::weighted_partition(partition::Method::rcb, layout, ranks, cells_of(layout));
      for (int rank = 0; rank < ranks; ++rank) {
        if (chosen.bricks(rank) != given->bricks(rank)) FAIL("rank " << rank << " of " << ranks);
      }
    }
  }
}

TEST_CASE("a cut tree that does not match the lattice and the rank count is rejected") {
  const grid::ChunkLayout layout{{{8, 4, 1}}, {{1, 1, 1}}};
  const auto make_rcb = [&](int ranks, const std::vector<Cut>& cuts) {
    CutTree tree{static_cast<int>(cuts.size()) + 1};
    for (std::size_t n = 0; n < cuts.size(); ++n) tree[n] = cuts[n];
    return Rcb{layout, ranks, tree};
  };
  CHECK_NOTHROW(make_rcb(3, {{4, 0, 1}, {2, 1, 1}}));
  CHECK_THROWS_AS(make_rcb(2, {{4, 0, 1}, {2, 1, 1}}), base::ContractViolation);  // tree for 3 ranks
  CHECK_THROWS_AS(make_rcb(3, {{4, 0, 1}, {}}), base::ContractViolation);         // no cut
  CHECK_THROWS_AS(make_rcb(3, {{4, 0, 1}, {1, 2, 1}}), base::ContractViolation);  // no second plane
  CHECK_THROWS_AS(make_rcb(3, {{4, 0, 1}, {4, 0, 1}}), base::ContractViolation);  // outside its box
  CHECK_THROWS_AS(make_rcb(3, {{8, 0, 1}, {2, 1, 1}}), base::ContractViolation);  // an empty half
  CHECK_THROWS_AS(make_rcb(3, {{4, 0, 3}, {2, 1, 1}}), base::ContractViolation);  // a half without a rank
  CHECK_THROWS_AS(make_rcb(3, {{4, 0, 0}, {2, 1, 1}}), base::ContractViolation);
  CHECK_THROWS_AS(make_rcb(3, {{4, 3, 1}, {2, 1, 1}}), base::ContractViolation);  // no such axis
  CHECK_THROWS_AS(CutTree{0}, base::ContractViolation);
}
