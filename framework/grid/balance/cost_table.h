// The costs of the chunks of one rank.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tessera::balance {

/// A chunk, by its number (grid::ChunkLayout::id_of), and its cost: the measured seconds per step, or *work*,
/// which is the measured seconds times the relative speed of the rank that measured them.
struct ChunkCost {
  std::int64_t chunk = 0;
  double cost = 0.0;

  friend bool operator==(const ChunkCost&, const ChunkCost&) = default;
};

/// The measured costs of chunks, in seconds per step: for each chunk a moving average that starts with the
/// first measurement and gives the latest one half of the weight. Local to a rank.
class CostTable {
 public:
  /// Adds a measurement, which must be finite and not negative (base::ContractViolation). Allocates only for
  /// a new chunk.
  void record(std::int64_t chunk, double seconds_per_step) { merge({chunk, seconds_per_step}, 0.5); }
  /// Imports averages from another table or from a file; they replace those of the same chunks.
  void import(std::span<const ChunkCost> costs);

  /// All costs, in ascending order of chunk numbers.
  std::span<const ChunkCost> costs() const { return costs_; }
  std::optional<double> cost_of(std::int64_t chunk) const;
  /// The sum of the costs of all chunks in the table.
  double total() const;

 private:
  void merge(const ChunkCost& newest, double weight);

  std::vector<ChunkCost> costs_;
};

}  // namespace tessera::balance
