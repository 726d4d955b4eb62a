// What one chunk costs.
#pragma once

#include <cstdint>

namespace tessera::balance {

/// A chunk by its number (grid::ChunkLayout::id_of) and its cost: in seconds a step where it was measured, or
/// as *work*, which is seconds times the relative speed of the rank that measured them.
struct ChunkCost {
  std::int64_t chunk = 0;
  double cost = 0.0;

  friend bool operator==(const ChunkCost&, const ChunkCost&) = default;
};

}  // namespace tessera::balance
