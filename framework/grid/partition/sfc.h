// Partition along a Hilbert curve through the chunk lattice.
#pragma once

#include "grid/partition/partition.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tessera::partition {

/// Position of a chunk on the Hilbert curve through the smallest cube around the lattice whose side is a
/// power of two. The positions of chunks are not contiguous, because parts of the curve are outside the
/// lattice. Throws base::Error (bad_job) if the lattice is too large for Sfc.
std::uint64_t curve_position(const grid::ChunkLayout& layout, std::int64_t chunk);

/// Each rank owns the chunks of one stretch of the curve. See Aluru and Sevilgen (1997), "Parallel domain
/// decomposition and load balancing using space-filling curves". Every rank stores 8 bytes per chunk of the
/// whole lattice.
class Sfc final : public Partition {
 public:
  /// Divides the cells evenly: if a chunk's midpoint, in cells along the curve, is a fraction f of the total
  /// number of cells, the chunk belongs to rank floor(f * ranks).
  Sfc(const grid::ChunkLayout& layout, int ranks);
  /// Rank r owns the chunks from index `first[r]` along the curve up to, but not including, the first chunk
  /// of rank r + 1. `first`: one index per rank, starting with 0, in ascending order, and at most the number
  /// of chunks (base::ContractViolation).
  Sfc(const grid::ChunkLayout& layout, int ranks, std::span<const std::int64_t> first);

  std::string_view name() const override { return "sfc"; }
  int ranks() const override { return ranks_; }
  /// The stretch of a rank, divided into boxes that are extended greedily along x, then y, then z.
  std::vector<grid::Box> bricks(int rank) const override;
  void visit_owners(const grid::Box& chunks, const std::function<void(const Owner&)>& visit) const override;

  /// Memory in bytes that each rank needs for the order of all chunks while the partition is constructed.
  static double bytes_of_order(const grid::ChunkLayout& layout) {
    return 24.0 * static_cast<double>(layout.chunk_count());
  }

  int rank_of(std::int64_t chunk) const { return rank_of_[static_cast<std::size_t>(chunk)]; }
  /// The index along the curve of the first chunk of a rank. stretch() returns the ids of the rank's chunks,
  /// in curve order.
  std::int64_t stretch_begin(int rank) const;
  std::span<const std::int32_t> stretch(int rank) const;

 private:
  Sfc(const grid::ChunkLayout& layout, int ranks, std::vector<std::int32_t> order);
  void assign(int rank, std::int64_t begin, std::int64_t end);

  int ranks_;
  std::vector<std::int32_t> rank_of_;  // by chunk id
  std::vector<std::int32_t> order_;    // chunk ids along the curve
  std::vector<std::int32_t> owners_;   // ranks that own chunks, ascending
  std::vector<std::int64_t> ends_;     // for each rank in owners_, the end of its stretch
};

}  // namespace tessera::partition
