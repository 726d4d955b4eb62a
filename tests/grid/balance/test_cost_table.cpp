#include "base/contract.h"
#include "grid/balance/cost_table.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace tessera;
using balance::ChunkCost;
using balance::CostTable;

namespace {
std::vector<ChunkCost> costs_of(const CostTable& table) {
  return {table.costs().begin(), table.costs().end()};
}
}  // namespace

TEST_CASE("the moving average starts at the first measurement, and the newest one has weight 1/2") {
  CostTable table;
  CHECK(table.total() == 0.0);
  CHECK_FALSE(table.cost_of(7));
  table.record(7, 8.0);
  CHECK(table.cost_of(7) == 8.0);
  table.record(7, 4.0);
  CHECK(table.cost_of(7) == 6.0);  // the mean of 4 and 8
  table.record(7, 3.0);
  CHECK(table.cost_of(7) == 4.5);
  table.record(2, 0.0);
  table.record(9, 1.5);
  CHECK(costs_of(table) == std::vector<ChunkCost>{{2, 0.0}, {7, 4.5}, {9, 1.5}});
  CHECK(table.total() == 6.0);
}

TEST_CASE("exported costs can be imported, and the moving averages continue") {
  CostTable table;
  table.record(std::int64_t{1} << 40, 0.1);
  table.record(3, 2.0);
  CostTable copy;
  copy.record(3, 100.0);
  copy.record(4, 1.0);
  copy.import(table.costs());
  CHECK(costs_of(copy) == std::vector<ChunkCost>{{3, 2.0}, {4, 1.0}, {std::int64_t{1} << 40, 0.1}});
  copy.record(3, 4.0);
  CHECK(copy.cost_of(3) == 3.0);
}

TEST_CASE("negative and non-finite costs are rejected") {
  CostTable table;
  for (const double cost :
       {-1.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const std::vector<ChunkCost> costs{{0, cost}};
    CHECK_THROWS_AS(table.record(0, cost), base::ContractViolation);
    CHECK_THROWS_AS(table.import(costs), base::ContractViolation);
  }
  CHECK(table.costs().empty());
}
