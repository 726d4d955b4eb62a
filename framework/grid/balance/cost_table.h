// The costs of the chunks of one rank.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tessera::balance {

/// The id of a chunk (see grid::ChunkLayout::id_of) and its cost. The cost is either the measured seconds per
/// step or the *work*: these seconds times the relative speed of the rank that measured them.
struct ChunkCost {
  std::int64_t chunk = 0;
  double cost = 0.0;

  friend bool operator==(const ChunkCost&, const ChunkCost&) = default;
};

/// The measured costs of the chunks of one rank, in seconds per step. Keeps, for each chunk, an exponential
/// moving average, in which the latest measurement has weight 1/2.
class CostTable {
 public:
  /// Adds a measurement, which must be finite and not negative (base::ContractViolation). Allocates memory
  /// only for a new chunk.
  void record(std::int64_t chunk, double seconds_per_step) { merge({chunk, seconds_per_step}, 0.5); }
  /// Imports averages from another table or from a file, replacing existing averages of the same chunks.
  void import(std::span<const ChunkCost> costs);

  /// All costs, in ascending order of chunk ids.
  std::span<const ChunkCost> costs() const { return costs_; }
  /// The cost of a chunk; nullopt if it is not in the table.
  std::optional<double> cost_of(std::int64_t chunk) const;
  /// The sum of the costs of all chunks in the table.
  double total() const;

 private:
  void merge(const ChunkCost& newest, double weight);

  std::vector<ChunkCost> costs_;
};

}  // namespace tessera::balance
