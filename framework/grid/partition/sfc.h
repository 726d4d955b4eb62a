// Stretches of a Hilbert curve through the chunk lattice.
#pragma once

#include "grid/partition/partition.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera::partition {

/// Position of a chunk on the Hilbert curve through the power-of-two cube around the lattice. Positions
/// increase along the curve, with gaps where it leaves the lattice. Throws base::Error (bad_job) if the
/// lattice is too large for Sfc.
std::uint64_t curve_position(const grid::ChunkLayout& layout, std::int64_t chunk);

/// Each rank owns the chunks of one stretch of the curve. Aluru and Sevilgen (1997), "Parallel domain
/// decomposition and load balancing using space-filling curves". Stores 8 bytes per chunk.
class Sfc final : public Partition {
 public:
  /// Rank r owns the chunks whose midpoint in accumulated cells lies in [r, r+1) / ranks of the total.
  Sfc(const grid::ChunkLayout& layout, int ranks);
  /// Rank r owns the chunks from number `first[r]` along the curve up to the first chunk of rank r + 1.
  /// `first`: one number per rank, in ascending order, starting with 0, none above the number of chunks
  /// (base::ContractViolation).
  Sfc(const grid::ChunkLayout& layout, int ranks, std::span<const std::int64_t> first);

  std::string_view name() const override { return "sfc"; }
  int ranks() const override { return ranks_; }
  /// The stretch of a rank, divided into boxes that are grown greedily along x, y and z.
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

  int rank_of(std::int64_t chunk) const { return rank_of_[static_cast<std::size_t>(chunk)]; }
  /// The number along the curve of the first chunk in a rank's stretch; and its chunks in that order.
  std::int64_t first_of(int rank) const;
  std::span<const std::int32_t> stretch(int rank) const;

 private:
  Sfc(const grid::ChunkLayout& layout, int ranks, std::vector<std::int32_t> order);
  void append(int rank, std::int64_t begin, std::int64_t end);

  int ranks_;
  std::vector<std::int32_t> rank_of_;  // by chunk id
  std::vector<std::int32_t> order_;    // chunk ids along the curve
  std::vector<std::int32_t> owners_;   // ranks that have any chunk, ascending
  std::vector<std::int64_t> ends_;     // end of the stretch of each of these ranks
};

}  // namespace tessera::partition
