// What the chunks of one rank cost.
#pragma once

#include "grid/balance/chunk_cost.h"

#include <optional>
#include <span>
#include <vector>

namespace tessera::balance {

/// The measured costs of chunks, in seconds a step: for each chunk a moving average in which the newest
/// measurement has a fixed weight and the first one stands for all before it. Local to a rank.
class CostTable {
 public:
  /// `newest_weight`: above 0, at most 1 (the newest measurement alone counts).
  explicit CostTable(double newest_weight = 0.5);

  /// Adds a measurement: finite, not negative. Allocates for a new chunk alone.
  void record(std::int64_t chunk, double seconds_per_step);
  /// Takes over averages from another table or from a file, in place of what it held for their chunks.
  void import(std::span<const ChunkCost> costs);

  /// In the order of the chunks.
  std::span<const ChunkCost> costs() const { return costs_; }
  std::optional<double> cost_of(std::int64_t chunk) const;
  /// The sum over all its chunks.
  double total() const;
  double newest_weight() const { return newest_weight_; }

 private:
  double newest_weight_;
  std::vector<ChunkCost> costs_;
};

}  // namespace tessera::balance
