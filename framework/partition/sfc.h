// Stretches of a Hilbert curve through the chunk lattice.
#pragma once

#include "partition/partition.h"

#include <cstdint>
#include <vector>

namespace tessera::partition {

/// Rank r owns the chunks whose midpoint in accumulated cost lies in [r, r+1) / ranks of the total.
/// Aluru and Sevilgen (1997), "Parallel domain decomposition and load balancing using space-filling
/// curves". Stores 8 bytes a chunk.
class Sfc final : public Partition {
 public:
  Sfc(const grid::ChunkLayout& layout, int ranks, ChunkCosts costs);

  std::string_view name() const override { return "sfc"; }
  int ranks() const override { return ranks_; }
  /// The stretch as boxes, grown greedily along x, y and z.
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

  int rank_of(std::int64_t chunk) const { return rank_of_[static_cast<std::size_t>(chunk)]; }

 private:
  int ranks_;
  std::vector<std::int32_t> rank_of_;        // by chunk id
  std::vector<std::int32_t> chunks_sorted_;  // chunk ids by rank, then by id
  std::vector<std::int64_t> first_;          // where a rank's chunks begin, only for ranks that have any
  std::vector<std::int32_t> owners_;         // ranks that have any, ascending
};

}  // namespace tessera::partition
