#include "base/contract.h"
#include "grid/halo/halo_plan.h"
#include "support/cells.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

using namespace tessera;
using grid::Box;
using grid::Index;
using halo::HaloPlan;
using halo::LocalCopy;
using halo::Transfer;
using partition::Method;

namespace {

/// The cell of the domain that a ghost cell copies; nullopt beyond a non-periodic face.
std::optional<Index> copied_cell(Index cell, const Index& cells, std::array<bool, 3> periodic) {
  for (int a = 0; a < 3; ++a) {
    if (cell[a] >= 0 && cell[a] < cells[a]) continue;
    if (!periodic[static_cast<std::size_t>(a)]) return std::nullopt;
    cell[a] = (cell[a] + cells[a]) % cells[a];
  }
  return cell;
}

struct Bricks {
  std::vector<std::vector<Box>> of_rank;  // boxes of cells, by rank

  explicit Bricks(const partition::Partition& p) {
    for (int rank = 0; rank < p.ranks(); ++rank) {
      auto& list = of_rank.emplace_back();
      for (const Box& b : p.bricks(rank)) list.push_back(p.layout().cells_of(b));
    }
  }
  const Box& at(int rank, int brick) const {
    return of_rank.at(static_cast<std::size_t>(rank)).at(static_cast<std::size_t>(brick));
  }
};

/// Checks that every ghost cell in the domain or in a periodic image of it is filled exactly once, from
/// the cell that it copies, and that no other cell is filled.
void check_coverage(const HaloPlan& plan, const Bricks& bricks, int rank, const Index& cells,
                    std::array<bool, 3> periodic, const Index& ghost) {
  const auto& own = bricks.of_rank[static_cast<std::size_t>(rank)];
  for (std::size_t b = 0; b < own.size(); ++b) {
    const Box grown = own[b].grown(ghost);
    const auto index_of = [&](const Index& i) {
      const Index l = i - grown.lower;
      return static_cast<std::size_t>(l[0] + grown.extent(0) * (l[1] + grown.extent(1) * l[2]));
    };
    std::vector<int> filled(static_cast<std::size_t>(grown.volume()), 0);
    const auto fill = [&](const Box& owner, const Box& source, const Index& shift) {
      if (source.empty() || !owner.contains(source) || !grown.contains(source.shifted(shift))) {
        FAIL("the box " << grid::to_string(source) << " does not fit");
      }
      test::for_each(source, [&](const Index& i) {
        ++filled[index_of(i + shift)];
        if (copied_cell(i + shift, cells, periodic) != i) FAIL("filled from the wrong cell");
      });
    };
    for (const LocalCopy& c : plan.copies) {
      if (c.to == static_cast<int>(b)) fill(bricks.at(rank, c.from), c.source, c.shift);
    }
    for (const Transfer& t : plan.receives) {
      if (t.peer == rank) FAIL("a rank receives from itself");
      if (t.brick == static_cast<int>(b)) fill(bricks.at(t.peer, t.peer_brick), t.source, t.shift);
    }
    test::for_each(grown, [&](const Index& i) {
      const int expected = !own[b].contains(i) && copied_cell(i, cells, periodic) ? 1 : 0;
      if (filled[index_of(i)] != expected) {
        FAIL("cell " << i[0] << ' ' << i[1] << ' ' << i[2] << " filled " << filled[index_of(i)] << " times");
      }
    });
  }
}

/// Checks that each rank expects exactly the boxes that its peers send to it, in the same order.
void check_pairs(const std::vector<HaloPlan>& plans) {
  const auto between = [](const std::vector<Transfer>& all, int peer) {
    std::vector<Transfer> list;
    std::copy_if(all.begin(), all.end(), std::back_inserter(list),
                 [&](const Transfer& t) { return t.peer == peer; });
    return list;
  };
  std::size_t sends = 0;
  std::size_t receives = 0;
  for (std::size_t a = 0; a < plans.size(); ++a) {
    sends += plans[a].sends.size();
    receives += plans[a].receives.size();
    std::vector<int> peers;
    for (const Transfer& t : plans[a].sends) peers.push_back(t.peer);
    if (!std::is_sorted(peers.begin(), peers.end())) FAIL("sends out of order");
    peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
    for (const int b : peers) {
      const auto sent = between(plans[a].sends, b);
      const auto received = between(plans[static_cast<std::size_t>(b)].receives, static_cast<int>(a));
      if (sent.size() != received.size())
        FAIL("ranks " << a << " and " << b << " disagree on the number of boxes");
      for (std::size_t n = 0; n < sent.size(); ++n) {
        if (sent[n].source != received[n].source || sent[n].shift != received[n].shift ||
            sent[n].brick != received[n].peer_brick || sent[n].peer_brick != received[n].brick) {
          FAIL("ranks " << a << " and " << b << " disagree on box " << n);
        }
      }
    }
  }
  if (sends != receives) FAIL("the numbers of sends and receives differ");
}

std::int64_t cells_of(const std::vector<Transfer>& transfers) {
  std::int64_t cells = 0;
  for (const Transfer& t : transfers) cells += t.source.volume();
  return cells;
}

void check_plans(Method method, const Index& cells, const Index& chunk, std::array<bool, 3> periodic,
                 const Index& ghost, int ranks) {
  INFO("method " << static_cast<int>(method) << " cells " << grid::to_string({{}, cells}) << " chunk "
                 << grid::to_string({{}, chunk}) << " ghost " << grid::to_string({{}, ghost}) << " ranks "
                 << ranks << " periodic " << periodic[0] << periodic[1] << periodic[2]);
  const auto p = partition::make_partition(method, {cells, chunk}, ranks);
  const Bricks bricks{*p};
  std::vector<HaloPlan> plans;
  std::int64_t sent = 0;
  std::int64_t received = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    plans.push_back(HaloPlan::make(*p, periodic, ghost, rank));
    check_coverage(plans.back(), bricks, rank, cells, periodic, ghost);
    sent += cells_of(plans.back().sends);
    received += cells_of(plans.back().receives);
  }
  REQUIRE(sent == received);
  check_pairs(plans);
}

}  // namespace

TEST_CASE("every ghost cell is filled exactly once on random layouts, and senders and receivers agree") {
  std::mt19937 random{GENERATE(1u, 2u, 3u, 4u)};
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  for (int n = 0; n < 60; ++n) {
    const int dimensions = pick(1, 3);
    Index cells{{1, 1, 1}};
    Index chunk{{1, 1, 1}};
    Index ghost;
    std::array<bool, 3> periodic{};
    const int width = pick(0, 3);
    for (int a = 0; a < dimensions; ++a) {
      cells[a] = pick(std::max(1, width), dimensions == 1 ? 60 : dimensions == 2 ? 20 : 11);
      chunk[a] = pick(1, 5);
      ghost[a] = width;
      periodic[static_cast<std::size_t>(a)] = pick(0, 1) == 1;
    }
    const Method method = pick(0, 1) == 0 ? Method::rcb : Method::sfc;
    check_plans(method, cells, chunk, periodic, ghost, pick(1, 24));
  }
}

TEST_CASE("the plans of hundreds of ranks are consistent") {
  for (const Method method : {Method::rcb, Method::sfc}) {
    check_plans(method, {{24, 20, 18}}, {{3, 3, 3}}, {true, false, true}, {{2, 2, 2}}, 233);
    check_plans(method, {{40, 33, 1}}, {{2, 2, 1}}, {true, true, false}, {{1, 1, 0}}, 400);
    check_plans(method, {{500, 1, 1}}, {{1, 1, 1}}, {true, false, false}, {{3, 0, 0}}, 499);
  }
}

TEST_CASE("a periodic domain as narrow as its ghost layers wraps onto itself") {
  // The only brick copies all its ghost cells from its own cells.
  const auto p = partition::make_partition(Method::rcb, {{{3, 4, 2}}, {{3, 4, 2}}}, 1);
  const HaloPlan plan = HaloPlan::make(*p, {true, true, true}, {{2, 2, 2}}, 0);
  CHECK(plan.receives.empty());
  CHECK(plan.sends.empty());
  CHECK(plan.copies.size() == 26);
  check_plans(Method::rcb, {{2, 2, 2}}, {{1, 1, 1}}, {true, true, true}, {{2, 2, 2}}, 8);
  check_plans(Method::sfc, {{3, 3, 3}}, {{1, 1, 1}}, {true, true, true}, {{3, 3, 3}}, 5);
}

TEST_CASE("idle ranks have empty plans") {
  const auto p = partition::make_partition(Method::rcb, {{{4, 1, 1}}, {{2, 1, 1}}}, 7);
  int busy = 0;
  for (int rank = 0; rank < 7; ++rank) {
    const HaloPlan plan = HaloPlan::make(*p, {true, false, false}, {{1, 0, 0}}, rank);
    const bool idle = plan.copies.empty() && plan.receives.empty() && plan.sends.empty();
    CHECK(idle == p->bricks(rank).empty());
    busy += idle ? 0 : 1;
  }
  CHECK(busy == 2);
}

TEST_CASE("a periodic axis narrower than its ghost layers is rejected") {
  const auto p = partition::make_partition(Method::rcb, {{{2, 9, 1}}, {{2, 3, 1}}}, 2);
  CHECK_THROWS_AS(HaloPlan::make(*p, {true, false, false}, {{3, 3, 0}}, 0), base::ContractViolation);
  CHECK_NOTHROW(HaloPlan::make(*p, {false, true, false}, {{3, 3, 0}}, 0));
}

TEST_CASE("the plan of one of 100 003 ranks contains only its own transfers") {
  const auto p = partition::make_partition(Method::rcb, {{{4096, 4096, 1024}}, {{32, 32, 32}}}, 100003);
  const HaloPlan plan = HaloPlan::make(*p, {true, true, true}, {{1, 1, 1}}, 54321);
  CHECK(plan.receives.size() == plan.sends.size());
  CHECK(plan.receives.size() >= 26);
  CHECK(plan.receives.size() < 100);
}
