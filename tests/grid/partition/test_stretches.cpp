#include "base/contract.h"
#include "grid/partition/sfc.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using partition::Sfc;

TEST_CASE("each rank owns the chunks of its given stretch") {
  std::mt19937 random{31};
  for (const Index& cells : {Index{{1, 1, 1}}, Index{{11, 1, 1}}, Index{{9, 7, 1}}, Index{{5, 6, 7}}}) {
    const grid::ChunkLayout layout{cells, {{1, 1, 1}}};
    const auto chunks = static_cast<std::uint64_t>(layout.chunk_count());
    const Sfc whole{layout, 1};  // one rank owns the whole curve
    REQUIRE(whole.stretch(0).size() == chunks);
    for (int n = 0; n < 60; ++n) {
      const int ranks = 1 + static_cast<int>(random() % 12);
      std::vector<std::int64_t> first{0};
      while (static_cast<int>(first.size()) < ranks) {
        first.push_back(static_cast<std::int64_t>(random() % (chunks + 1)));
      }
      std::sort(first.begin(), first.end());
      const Sfc p{layout, ranks, first};
      REQUIRE(p.ranks() == ranks);
      std::int64_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        if (p.stretch_begin(rank) != first[static_cast<std::size_t>(rank)]) FAIL("wrong start of a stretch");
        std::set<std::int64_t> own;
        for (const std::int32_t chunk : p.stretch(rank)) {
          if (chunk != whole.stretch(0)[static_cast<std::size_t>(next++)]) FAIL("wrong chunk");
          if (p.rank_of(chunk) != rank) FAIL("wrong owner");
          own.insert(chunk);
        }
        std::set<std::int64_t> in_bricks;
        for (const Box& brick : p.bricks(rank)) {
          test::for_each(brick, [&](const Index& index) {
            if (!in_bricks.insert(layout.id_of(index)).second) FAIL("bricks overlap");
          });
        }
        if (in_bricks != own) FAIL("the bricks do not match the stretch");
      }
      CHECK(next == layout.chunk_count());
    }
  }
}

TEST_CASE("invalid starts of stretches are rejected") {
  const grid::ChunkLayout layout{{{8, 8, 1}}, {{4, 4, 1}}};
  const auto make_sfc = [&](std::vector<std::int64_t> first) { return Sfc{layout, 3, first}; };
  CHECK_NOTHROW(make_sfc({0, 0, 4}));
  CHECK_THROWS_AS(make_sfc({0, 2}), base::ContractViolation);
  CHECK_THROWS_AS(make_sfc({1, 2, 3}), base::ContractViolation);
  CHECK_THROWS_AS(make_sfc({0, 3, 2}), base::ContractViolation);
  CHECK_THROWS_AS(make_sfc({0, 2, 5}), base::ContractViolation);
  CHECK_THROWS_AS(make_sfc({0, 5, 2}), base::ContractViolation);
}
