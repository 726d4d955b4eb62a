// Stretches of a Hilbert curve through the chunk lattice.
#pragma once

#include "grid/partition/partition.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera::partition {

/// Where a chunk lies on the Hilbert curve of the power-of-two cube around the lattice. Positions grow along
/// the curve, with gaps where it leaves the lattice. Throws base::Error (bad_job) when the lattice is too
/// large for Sfc.
std::uint64_t curve_position(const grid::ChunkLayout& layout, std::int64_t chunk);

/// Each rank owns the chunks of one stretch of the curve. Aluru and Sevilgen (1997), "Parallel domain
/// decomposition and load balancing using space-filling curves". Stores 8 bytes a chunk.
class Sfc final : public Partition {
 public:
  /// Rank r owns the chunks whose midpoint in accumulated cells lies in [r, r+1) / ranks of the total.
  Sfc(const grid::ChunkLayout& layout, int ranks);
  /// Rank r owns the places from `first[r]` on along the curve, up to where rank r + 1 begins. One number a
  /// rank, not falling, the first one 0 and none above the number of chunks (base::ContractViolation).
  Sfc(const grid::ChunkLayout& layout, int ranks, std::span<const std::int64_t> first);

  std::string_view name() const override { return "sfc"; }
  int ranks() const override { return ranks_; }
  /// The stretch as boxes, grown greedily along x, y and z.
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

  int rank_of(std::int64_t chunk) const { return rank_of_[static_cast<std::size_t>(chunk)]; }
  /// Where on the curve a rank's stretch begins; and its chunks in the order of the curve.
  std::int64_t first_of(int rank) const;
  std::span<const std::int32_t> stretch(int rank) const;

 private:
  Sfc(const grid::ChunkLayout& layout, int ranks, std::vector<std::int32_t> order);
  void append(int rank, std::int64_t begin, std::int64_t end);

  int ranks_;
  std::vector<std::int32_t> rank_of_;  // by chunk id
  std::vector<std::int32_t> order_;    // chunk ids along the curve
  std::vector<std::int32_t> owners_;   // ranks that have any chunk, ascending
  std::vector<std::int64_t> ends_;     // where the stretch of each of them ends
};

}  // namespace tessera::partition
