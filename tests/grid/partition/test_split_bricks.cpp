// Compares SplitBricks, which has one brick per chunk, with the partition that it splits.
#include "grid/partition/split_bricks.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using partition::Method;
using partition::Owner;
using partition::SplitBricks;

namespace {

/// Compares the chunks, owners and brick indices of the split partition with those of the original.
void check_split(Method method, const grid::ChunkLayout& layout, int ranks, std::mt19937& random) {
  CAPTURE(static_cast<int>(method), ranks, grid::to_string({{}, layout.lattice()}));
  const auto original = partition::make_partition(method, layout, ranks);
  const SplitBricks split{partition::make_partition(method, layout, ranks)};
  REQUIRE(split.ranks() == ranks);
  REQUIRE(split.name() == original->name());
  REQUIRE(split.layout().lattice() == layout.lattice());

  std::vector<int> owner(static_cast<std::size_t>(layout.chunk_count()), -1);
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<Index> expected_chunks;
    for (const Box& brick : original->bricks(rank)) {
      test::for_each(brick, [&](const Index& index) { expected_chunks.push_back(index); });
    }
    const std::vector<Box> bricks = split.bricks(rank);
    REQUIRE(bricks.size() == expected_chunks.size());
    for (std::size_t n = 0; n < bricks.size(); ++n) {
      if (bricks[n] != Box{expected_chunks[n], expected_chunks[n] + Index::all(1)})
        FAIL("brick " << n << " is the wrong chunk");
      int& o = owner[static_cast<std::size_t>(layout.id_of(bricks[n].lower))];
      if (o != -1) FAIL("a chunk with two owners");
      o = rank;
    }
  }
  if (std::count(owner.begin(), owner.end(), -1) != 0) FAIL("a chunk without an owner");

  for (int n = 0; n < 20; ++n) {
    Box box{{}, layout.lattice()};
    for (int a = 0; a < 3 && n > 0; ++a) {
      const auto extent = static_cast<std::uint64_t>(layout.lattice()[a]);
      box.lower[a] = static_cast<std::int64_t>(random() % extent);
      box.upper[a] =
          std::min(box.lower[a] + 1 + static_cast<std::int64_t>(random() % 5), layout.lattice()[a]);
    }
    std::vector<int> visits(static_cast<std::size_t>(layout.chunk_count()), 0);
    split.visit_owners(box, [&](const Owner& o) {
      if (o.chunks.volume() != 1 || !box.contains(o.chunks)) FAIL("not a chunk of the box");
      const auto id = static_cast<std::size_t>(layout.id_of(o.chunks.lower));
      ++visits[id];
      if (o.rank != owner[id]) FAIL("visit_owners() and bricks() disagree about the owner");
      if (split.bricks(o.rank).at(static_cast<std::size_t>(o.brick)) != o.chunks) FAIL("wrong brick index");
    });
    test::for_each({{}, layout.lattice()}, [&](const Index& index) {
      const int expected_visits = box.contains(index) ? 1 : 0;
      if (visits[static_cast<std::size_t>(layout.id_of(index))] != expected_visits)
        FAIL("a chunk was visited the wrong number of times");
    });
  }
}

}  // namespace

TEST_CASE("each chunk of the original partition becomes one brick of the same owner") {
  std::mt19937 random{7};
  for (const Method method : {Method::rcb, Method::sfc}) {
    for (const int ranks : {1, 2, 3, 5, 8, 40}) {
      check_split(method, {{{40, 1, 1}}, {{3, 1, 1}}}, ranks, random);
      check_split(method, {{{17, 23, 1}}, {{4, 3, 1}}}, ranks, random);
      check_split(method, {{{9, 10, 12}}, {{2, 3, 5}}}, ranks, random);
      check_split(method, {{{5, 5, 5}}, {{5, 5, 5}}}, ranks, random);
    }
  }
}

TEST_CASE("the bricks of a rank are visited in ascending order") {
  for (const Method method : {Method::rcb, Method::sfc}) {
    const grid::ChunkLayout layout{{{30, 21, 8}}, {{4, 4, 4}}};
    const SplitBricks split{partition::make_partition(method, layout, 6)};
    std::vector<int> next(6, 0);
    split.visit_owners({{}, layout.lattice()}, [&](const Owner& o) {
      if (o.brick != next[static_cast<std::size_t>(o.rank)]++) FAIL("bricks out of order");
    });
    for (int rank = 0; rank < 6; ++rank) {
      CHECK(next[static_cast<std::size_t>(rank)] == static_cast<int>(split.bricks(rank).size()));
    }
    CHECK(partition::imbalance(split) == partition::imbalance(*partition::make_partition(method, layout, 6)));
  }
}
