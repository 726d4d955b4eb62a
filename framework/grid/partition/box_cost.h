// Sums of chunk costs over lattice boxes.
#pragma once

#include "grid/partition/partition.h"

#include <vector>

namespace tessera::partition {

/// Cost of any lattice box in constant time: from the cells alone, or from a table of prefix sums over
/// given costs (one number a chunk).
class BoxCost {
 public:
  BoxCost(const grid::ChunkLayout& layout, ChunkCosts costs);
  double operator()(const grid::Box& chunks) const;

 private:
  double prefix(std::int64_t x, std::int64_t y, std::int64_t z) const;

  grid::ChunkLayout layout_;
  std::vector<double> prefix_;  // inclusive 3-D prefix sums, one larger than the lattice; empty: by cells
};

}  // namespace tessera::partition
