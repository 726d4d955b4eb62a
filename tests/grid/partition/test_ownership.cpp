#include "base/contract.h"
#include "grid/partition/partition.h"
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
using partition::Method;
using partition::Owner;

namespace {

struct LayoutSize {
  Index cells;
  Index chunk;
};

const std::vector<LayoutSize> layout_sizes{
    {{{1, 1, 1}}, {{1, 1, 1}}},  {{{17, 1, 1}}, {{1, 1, 1}}}, {{{40, 30, 1}}, {{3, 4, 1}}},
    {{{8, 8, 8}}, {{1, 1, 1}}},  {{{13, 7, 5}}, {{2, 3, 1}}}, {{{1, 1, 29}}, {{1, 1, 3}}},
    {{{64, 1, 2}}, {{5, 1, 1}}}, {{{3, 50, 1}}, {{1, 7, 1}}}, {{{31, 37, 1}}, {{1, 1, 1}}},
};

/// Checks that every chunk has exactly one owner, that bricks() and visit_owners() agree, and that the bricks
/// of a rank are disjoint boxes. Returns the owner of each chunk.
std::vector<int> check_owners(const partition::Partition& p) {
  const grid::ChunkLayout& layout = p.layout();
  std::vector<int> owner(static_cast<std::size_t>(layout.chunk_count()), -1);
  for (int rank = 0; rank < p.ranks(); ++rank) {
    for (const Box& brick : p.bricks(rank)) {
      if (brick.empty()) FAIL("an empty brick");
      test::for_each(brick, [&](const Index& index) {
        int& o = owner[static_cast<std::size_t>(layout.id_of(index))];
        if (o != -1) FAIL("chunk " << layout.id_of(index) << " has two owners");
        o = rank;
      });
    }
  }
  for (const int o : owner) {
    if (o == -1) FAIL("a chunk without an owner");
  }

  std::map<int, std::vector<Box>> visited;
  p.visit_owners({{}, layout.lattice()}, [&](const Owner& o) {
    auto& bricks = visited[o.rank];
    if (o.brick != static_cast<int>(bricks.size())) FAIL("bricks out of order");
    bricks.push_back(o.chunks);
  });
  for (int rank = 0; rank < p.ranks(); ++rank) {
    if (visited[rank] != p.bricks(rank)) FAIL("bricks() and visit_owners() disagree for rank " << rank);
  }
  return owner;
}

}  // namespace

TEST_CASE("every chunk has exactly one owner, for any layout and rank count") {
  const Method method = GENERATE(Method::rcb, Method::sfc);
  for (const LayoutSize& size : layout_sizes) {
    const grid::ChunkLayout layout{size.cells, size.chunk};
    for (const int ranks : {1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 31, 64, 97, 128, 509, 1000}) {
      CAPTURE(static_cast<int>(method), ranks, grid::to_string({{}, layout.lattice()}));
      const auto p = partition::make_partition(method, layout, ranks);
      REQUIRE(p->ranks() == ranks);
      check_owners(*p);
      if (method == Method::rcb) {
        for (int rank = 0; rank < ranks; ++rank) REQUIRE(p->bricks(rank).size() <= 1);
      }
    }
  }
}

TEST_CASE("every chunk has exactly one owner for random costs that include zeros") {
  std::mt19937 random{3};
  std::uniform_real_distribution<double> cost{0.0, 1.0};
  for (const LayoutSize& size : layout_sizes) {
    const grid::ChunkLayout layout{size.cells, size.chunk};
    for (const double zeros : {0.0, 0.5, 0.95, 1.0}) {
      std::vector<double> costs(static_cast<std::size_t>(layout.chunk_count()));
      for (double& c : costs) c = cost(random) < zeros ? 0.0 : cost(random);
      for (const int ranks : {1, 3, 8, 29, 200}) {
        for (const Method method : {Method::rcb, Method::sfc}) {
          CAPTURE(static_cast<int>(method), ranks, zeros, grid::to_string({{}, layout.lattice()}));
          const auto p = test::weighted_partition(method, layout, ranks, costs);
          check_owners(*p);
        }
      }
    }
  }
}

TEST_CASE("visit_owners() visits exactly the bricks that overlap a box") {
  std::mt19937 random{4};
  for (const Method method : {Method::rcb, Method::sfc}) {
    const grid::ChunkLayout layout{{{40, 22, 18}}, {{4, 2, 3}}};
    const auto p = partition::make_partition(method, layout, 23);
    const std::vector<int> owner = check_owners(*p);
    for (int n = 0; n < 300; ++n) {
      Box box;
      for (int a = 0; a < 3; ++a) {
        const auto extent = static_cast<std::uint64_t>(layout.lattice()[a]);
        box.lower[a] = static_cast<std::int64_t>(random() % extent);
        box.upper[a] = box.lower[a] + 1 + static_cast<std::int64_t>(random() % 4);
        box.upper[a] = std::min(box.upper[a], layout.lattice()[a]);
      }
      std::int64_t covered = 0;
      p->visit_owners(box, [&](const Owner& o) {
        const Box both = grid::intersection(o.chunks, box);
        if (both.empty()) FAIL("a brick outside the box");
        if (p->bricks(o.rank)[static_cast<std::size_t>(o.brick)] != o.chunks) FAIL("wrong brick");
        test::for_each(both, [&](const Index& index) {
          if (owner[static_cast<std::size_t>(layout.id_of(index))] != o.rank) FAIL("wrong owner");
        });
        covered += both.volume();
      });
      REQUIRE(covered == box.volume());
    }
    p->visit_owners({}, [&](const Owner&) { FAIL("an owner of an empty box"); });
  }
}

TEST_CASE("the chunks of a stretch of the Hilbert curve are connected") {
  // This holds in a cube with 2^n chunks per side.
  const grid::ChunkLayout layout{{{16, 16, 16}}, {{1, 1, 1}}};
  const auto p = partition::make_partition(Method::sfc, layout, 37);
  for (int rank = 0; rank < 37; ++rank) {
    const auto bricks = p->bricks(rank);
    std::vector<bool> reached(bricks.size(), false);
    std::vector<std::size_t> todo{0};
    reached[0] = true;
    while (!todo.empty()) {
      const Box from = bricks[todo.back()];
      todo.pop_back();
      for (std::size_t b = 0; b < bricks.size(); ++b) {
        bool touches = false;
        for (int a = 0; a < 3; ++a) {
          Index width;
          width[a] = 1;
          touches = touches || !grid::intersection(from.grown(width), bricks[b]).empty();
        }
        if (touches && !reached[b]) {
          reached[b] = true;
          todo.push_back(b);
        }
      }
    }
    for (const bool r : reached) CHECK(r);
  }
}

TEST_CASE("a partition for zero ranks is rejected") {
  const grid::ChunkLayout layout{{{8, 8, 1}}, {{4, 4, 1}}};
  for (const Method method : {Method::rcb, Method::sfc}) {
    CHECK_THROWS_AS(partition::make_partition(method, layout, 0), base::ContractViolation);
  }
}
