#include "base/contract.h"
#include "grid/balance/migration_plan.h"
#include "grid/partition/rcb.h"
#include "support/cells.h"
#include "support/weighted_partition.h"

#include <catch2/catch.hpp>

#include <ctime>
#include <random>
#include <vector>

using namespace tessera;
using balance::LocalMove;
using balance::MigrationPlan;
using balance::Move;
using grid::Box;
using grid::Index;
using partition::Method;
using partition::Partition;

namespace {

std::vector<int> owners_of(const Partition& p) {
  std::vector<int> owners(static_cast<std::size_t>(p.layout().chunk_count()), -1);
  for (int rank = 0; rank < p.ranks(); ++rank) {
    for (const Box& b : p.bricks(rank)) {
      test::for_each(b,
                     [&](const Index& i) { owners[static_cast<std::size_t>(p.layout().id_of(i))] = rank; });
    }
  }
  return owners;
}

/// Compares the plans of all ranks with the owners of each chunk.
void check_plans(const Partition& from, const Partition& to) {
  const grid::ChunkLayout& layout = from.layout();
  const std::vector<int> before = owners_of(from);
  const std::vector<int> after = owners_of(to);
  const int ranks = std::max(from.ranks(), to.ranks());
  std::vector<MigrationPlan> plans;
  for (int rank = 0; rank < ranks; ++rank) plans.push_back(MigrationPlan::make(from, to, rank));

  std::vector<int> arrived(before.size(), 0);
  for (int rank = 0; rank < ranks; ++rank) {
    const MigrationPlan& plan = plans[static_cast<std::size_t>(rank)];
    const auto check_box = [&](const Box& chunks, const Box& brick, int owner_before, int owner_after) {
      if (chunks.empty() || !brick.contains(chunks)) FAIL("a box outside its brick");
      test::for_each(chunks, [&](const Index& i) {
        const auto id = static_cast<std::size_t>(layout.id_of(i));
        if (before[id] != owner_before || after[id] != owner_after) FAIL("a chunk with a wrong owner");
      });
    };
    for (const LocalMove& m : plan.local_moves) {
      check_box(m.chunks, from.bricks(rank).at(static_cast<std::size_t>(m.from)), rank, rank);
      check_box(m.chunks, to.bricks(rank).at(static_cast<std::size_t>(m.to)), rank, rank);
      test::for_each(m.chunks, [&](const Index& i) { ++arrived[static_cast<std::size_t>(layout.id_of(i))]; });
    }
    for (const Move& m : plan.receives) {
      check_box(m.chunks, to.bricks(rank).at(static_cast<std::size_t>(m.brick)), m.peer, rank);
      test::for_each(m.chunks, [&](const Index& i) { ++arrived[static_cast<std::size_t>(layout.id_of(i))]; });
    }
    for (const Move& m : plan.sends) {
      check_box(m.chunks, from.bricks(rank).at(static_cast<std::size_t>(m.brick)), rank, m.peer);
    }
    // Each peer expects exactly the boxes that this rank sends to it, in the same order.
    for (int peer = 0; peer < ranks; ++peer) {
      std::vector<Box> sent;
      std::vector<Box> expected;
      for (const Move& m : plan.sends) {
        if (m.peer == peer) sent.push_back(m.chunks);
      }
      for (const Move& m : plans[static_cast<std::size_t>(peer)].receives) {
        if (m.peer == rank) expected.push_back(m.chunks);
      }
      if (sent != expected) FAIL("ranks " << rank << " and " << peer << " disagree");
    }
  }
  for (const int n : arrived) {
    if (n != 1) FAIL("a chunk arrives " << n << " times");
  }
}

}  // namespace

TEST_CASE("every chunk arrives exactly once, and senders and receivers agree") {
  std::mt19937 random{41};
  for (const Index& cells : {Index{{1, 1, 1}}, Index{{37, 1, 1}}, Index{{30, 22, 1}}, Index{{13, 11, 9}}}) {
    const grid::ChunkLayout layout{cells, {{2, 3, 2}}};
    std::vector<double> costs(static_cast<std::size_t>(layout.chunk_count()));
    for (double& c : costs) c = static_cast<double>(random() % 50);
    for (const int ranks : {1, 2, 3, 8, 29}) {
      for (const Method before : {Method::rcb, Method::sfc}) {
        for (const Method after : {Method::rcb, Method::sfc}) {
          const auto from = partition::make_partition(before, layout, ranks);
          const auto to = test::weighted_partition(after, layout, ranks, costs);
          check_plans(*from, *to);
          check_plans(*to, *from);
        }
      }
    }
    check_plans(*partition::make_partition(Method::rcb, layout, 5),
                *partition::make_partition(Method::sfc, layout, 9));
  }
}

TEST_CASE("no chunk changes its rank if the partition stays the same") {
  const grid::ChunkLayout layout{{{40, 22, 18}}, {{4, 2, 3}}};
  for (const Method method : {Method::rcb, Method::sfc}) {
    const auto p = partition::make_partition(method, layout, 13);
    for (int rank = 0; rank < 13; ++rank) {
      const MigrationPlan plan = MigrationPlan::make(*p, *p, rank);
      CHECK(plan.sends.empty());
      CHECK(plan.receives.empty());
      CHECK(plan.local_moves.size() == p->bricks(rank).size());
    }
  }
}

TEST_CASE("cells_of() counts the actual cells of the smaller chunks at the upper faces") {
  const grid::ChunkLayout layout{{{10, 7, 1}}, {{4, 4, 1}}};
  CHECK(balance::cells_of({{1, 0, {{}, {{1, 1, 1}}}}, {2, 0, {{{2, 0, 0}}, {{3, 2, 1}}}}}, layout) ==
        16 + 14);
  CHECK(balance::cells_of({}, layout) == 0);
}

TEST_CASE("partitions with different chunks are rejected") {
  const auto from = partition::make_partition(Method::rcb, {{{8, 8, 1}}, {{4, 4, 1}}}, 2);
  const auto to = partition::make_partition(Method::rcb, {{{8, 8, 1}}, {{4, 2, 1}}}, 2);
  CHECK_THROWS_AS(MigrationPlan::make(*from, *to, 0), base::ContractViolation);
}

TEST_CASE("planning for one of a million ranks visits only its own chunks") {
  const grid::ChunkLayout layout{{{1 << 15, 1 << 15, 1 << 10}}, {{32, 32, 32}}};  // 2^25 chunks
  const auto from = partition::make_partition(Method::rcb, layout, 1000003);
  const auto to = partition::make_partition(Method::rcb, layout, 1000000);
  const std::clock_t start = std::clock();
  for (const int rank : {0, 1, 499999, 999999}) {
    const MigrationPlan plan = MigrationPlan::make(*from, *to, rank);
    CHECK(plan.sends.size() + plan.receives.size() + plan.local_moves.size() > 0);
  }
  CHECK(std::clock() - start < CLOCKS_PER_SEC / 2);  // processor time
}
