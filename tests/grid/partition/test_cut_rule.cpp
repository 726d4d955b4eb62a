#include "base/contract.h"
#include "grid/partition/cut_rule.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace tessera;
using partition::CostSource;
using partition::Cut;
using partition::RankSpeeds;

namespace {

/// The cut of a row of chunks of 4x4x4 cells with the given costs.
Cut cut_of_row(const std::vector<double>& costs, const RankSpeeds& speeds) {
  const auto n = static_cast<std::int64_t>(costs.size());
  const grid::ChunkLayout layout{{{4 * n, 4, 4}}, {{4, 4, 4}}};
  const partition::CostBelow below = [&](int, std::int64_t at) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < at; ++i) sum += costs[static_cast<std::size_t>(i)];
    return sum;
  };
  return partition::choose_cut(layout, partition::root_of(layout.lattice(), speeds.ranks()), below(0, n),
                               below, speeds, CostSource::measured);
}

}  // namespace

TEST_CASE("sums of speeds over ranges of ranks agree with direct summation") {
  std::mt19937 random{2};
  std::vector<double> speeds(12);
  for (double& s : speeds) s = 0.25 * static_cast<double>(1 + random() % 9);  // sums are exact
  const std::vector<double> equal(12, 1.0);
  for (const auto& [rank_speeds, expected_speeds] :
       {std::pair{RankSpeeds{speeds}, speeds}, std::pair{RankSpeeds{equal}, equal},
        std::pair{RankSpeeds{12}, equal}}) {
    REQUIRE(rank_speeds.ranks() == 12);
    for (int first = 0; first < 12; ++first) {
      double sum = 0.0;
      std::vector<double> sums{0.0};
      for (int count = 0; first + count <= 12; ++count) {
        if (rank_speeds.sum(first, count) != sum) FAIL("wrong sum");
        if (first + count == 12) break;
        sum += expected_speeds[static_cast<std::size_t>(first + count)];
        sums.push_back(sum);
      }
      for (double bound = 0.0; bound < 30.0; bound += 0.125) {
        const auto fits = [&](double s) { return s <= bound; };
        const auto at_most = std::count_if(sums.begin(), sums.end(), fits) - 1;
        const auto less = std::count_if(sums.begin(), sums.end(), [&](double s) { return s < bound; });
        const auto at_least = std::min<std::ptrdiff_t>(less, static_cast<std::ptrdiff_t>(sums.size()) - 1);
        if (rank_speeds.max_ranks(first, bound) != at_most)
          FAIL("wrong max_ranks() from rank " << first << " for " << bound);
        if (rank_speeds.min_ranks(first, bound) != at_least)
          FAIL("wrong min_ranks() from rank " << first << " for " << bound);
      }
    }
  }
  CHECK_THROWS_AS(RankSpeeds{std::vector<double>({1.0, 0.0})}, base::ContractViolation);
}

TEST_CASE("a row is cut so that costs are in proportion to speeds") {
  const std::vector<double> even(12, 1.0);
  CHECK(cut_of_row(even, RankSpeeds{2}) == Cut{6, 0, 1});
  CHECK(cut_of_row(even, RankSpeeds{std::vector<double>{1.0, 3.0}}) == Cut{3, 0, 1});
  CHECK(cut_of_row(even, RankSpeeds{std::vector<double>{2.0, 1.0}}) == Cut{8, 0, 1});
  CHECK(cut_of_row({9.0, 1.0, 1.0, 1.0, 1.0, 5.0}, RankSpeeds{2}) == Cut{1, 0, 1});
  CHECK(cut_of_row({0.0, 0.0, 0.0, 2.0, 2.0}, RankSpeeds{2}) == Cut{4, 0, 1});
}

TEST_CASE("if all costs are zero, cells are counted instead") {
  CHECK(cut_of_row(std::vector<double>(12, 0.0), RankSpeeds{2}) == Cut{6, 0, 1});
}

TEST_CASE("no half gets fewer chunks than ranks while the other half has more chunks than ranks") {
  std::mt19937 random{8};
  for (int n = 0; n < 3000; ++n) {
    const auto chunks = static_cast<std::int64_t>(2 + random() % 11);
    const int ranks = 2 + static_cast<int>(random() % 11);
    std::vector<double> costs(static_cast<std::size_t>(chunks));
    for (double& c : costs) c = random() % 3 == 0 ? static_cast<double>(1 + random() % 500) : 0.0;
    std::vector<double> speeds(static_cast<std::size_t>(ranks));
    for (double& s : speeds) s = static_cast<double>(1 + random() % 5);
    const Cut cut = cut_of_row(costs, RankSpeeds{speeds});
    const std::int64_t spare_below = cut.at - cut.lower_ranks;
    const std::int64_t spare_above = chunks - cut.at - (ranks - cut.lower_ranks);
    if (spare_below * spare_above < 0) {
      FAIL(chunks << " chunks, " << ranks << " ranks: " << cut.at << " chunks to " << cut.lower_ranks
                  << " ranks");
    }
    if (cut.lower_ranks < 1 || cut.lower_ranks >= ranks || cut.at < 1 || cut.at >= chunks)
      FAIL("invalid cut");
  }
}

TEST_CASE("a lattice with equal costs is cut across the slowest axis, so that rows stay whole") {
  const grid::ChunkLayout layout{{{32, 32, 32}}, {{4, 4, 4}}};
  const partition::CostBelow below = [](int, std::int64_t at) { return static_cast<double>(64 * at); };
  const auto cut_for = [&](int ranks) {
    return partition::choose_cut(layout, partition::root_of(layout.lattice(), ranks), 512.0, below,
                                 RankSpeeds{ranks}, CostSource::measured);
  };
  CHECK(cut_for(2) == Cut{4, 2, 1});
  CHECK(cut_for(8) == Cut{4, 2, 4});
  const auto leaf = partition::root_of(layout.lattice(), 1);
  CHECK_THROWS_AS(partition::choose_cut(layout, leaf, 512.0, below, RankSpeeds{1}, CostSource::measured),
                  base::ContractViolation);
}
