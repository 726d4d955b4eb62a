// What the chunks of one rank cost.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tessera::balance {

/// A chunk by its number (grid::ChunkLayout::id_of) and its cost: in seconds per step if it was measured, or
/// as *work*, which is seconds times the relative speed of the rank that measured them.
struct ChunkCost {
  std::int64_t chunk = 0;
  double cost = 0.0;

  friend bool operator==(const ChunkCost&, const ChunkCost&) = default;
};

/// The measured costs of chunks, in seconds per step: for each chunk a moving average in which the newest
/// measurement counts half and the first one stands for all before it. Local to a rank.
class CostTable {
 public:
  /// Adds a measurement: finite, not negative. Allocates for a new chunk alone.
  void record(std::int64_t chunk, double seconds_per_step) { merge({chunk, seconds_per_step}, 0.5); }
  /// Takes over averages from another table or from a file, in place of what it held for their chunks.
  void import(std::span<const ChunkCost> costs);

  /// In the order of the chunks.
  std::span<const ChunkCost> costs() const { return costs_; }
  std::optional<double> cost_of(std::int64_t chunk) const;
  /// The sum over all its chunks.
  double total() const;

 private:
  void merge(const ChunkCost& newest, double weight);

  std::vector<ChunkCost> costs_;
};

}  // namespace tessera::balance
