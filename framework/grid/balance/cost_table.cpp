#include "grid/balance/cost_table.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>

namespace tessera::balance {

namespace {

/// Where a chunk stands, or would, in a list sorted by chunk.
template <class Costs>
auto place_of(Costs& costs, std::int64_t chunk) {
  return std::lower_bound(costs.begin(), costs.end(), chunk,
                          [](const ChunkCost& c, std::int64_t wanted) { return c.chunk < wanted; });
}

void expect_cost(double cost) {
  base::expects(cost >= 0.0 && std::isfinite(cost), "a cost is finite and not negative");
}

}  // namespace

CostTable::CostTable(double newest_weight) : newest_weight_{newest_weight} {
  base::expects(newest_weight > 0.0 && newest_weight <= 1.0, "a weight is above 0 and at most 1");
}

void CostTable::record(std::int64_t chunk, double seconds_per_step) {
  expect_cost(seconds_per_step);
  const auto found = place_of(costs_, chunk);
  if (found == costs_.end() || found->chunk != chunk) {
    costs_.insert(found, {chunk, seconds_per_step});
  } else {
    found->cost = newest_weight_ * seconds_per_step + (1.0 - newest_weight_) * found->cost;
  }
}

void CostTable::import(std::span<const ChunkCost> costs) {
  for (const ChunkCost& c : costs) {
    expect_cost(c.cost);
    const auto found = place_of(costs_, c.chunk);
    if (found == costs_.end() || found->chunk != c.chunk) {
      costs_.insert(found, c);
    } else {
      found->cost = c.cost;
    }
  }
}

std::optional<double> CostTable::cost_of(std::int64_t chunk) const {
  const auto found = place_of(costs_, chunk);
  if (found == costs_.end() || found->chunk != chunk) return std::nullopt;
  return found->cost;
}

double CostTable::total() const {
  double sum = 0.0;
  for (const ChunkCost& c : costs_) sum += c.cost;
  return sum;
}

}  // namespace tessera::balance
