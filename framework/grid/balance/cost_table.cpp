#include "grid/balance/cost_table.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>

namespace tessera::balance {

void CostTable::merge(const ChunkCost& newest, double weight) {
  base::expects(newest.cost >= 0.0 && std::isfinite(newest.cost), "a cost must be finite and not negative");
  const auto found = std::ranges::lower_bound(costs_, newest.chunk, {}, &ChunkCost::chunk);
  if (found == costs_.end() || found->chunk != newest.chunk) {
    costs_.insert(found, newest);
  } else {
    found->cost = weight * newest.cost + (1.0 - weight) * found->cost;
  }
}

void CostTable::import(std::span<const ChunkCost> costs) {
  for (const ChunkCost& c : costs) merge(c, 1.0);
}

std::optional<double> CostTable::cost_of(std::int64_t chunk) const {
  const auto found = std::ranges::lower_bound(costs_, chunk, {}, &ChunkCost::chunk);
  if (found == costs_.end() || found->chunk != chunk) return std::nullopt;
  return found->cost;
}

double CostTable::total() const {
  double sum = 0.0;
  for (const ChunkCost& c : costs_) sum += c.cost;
  return sum;
}

}  // namespace tessera::balance
