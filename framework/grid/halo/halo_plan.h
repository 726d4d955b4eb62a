// The plan of a halo exchange: which cells each rank needs from which other ranks.
#pragma once

#include "grid/partition/partition.h"

#include <array>
#include <vector>

namespace tessera::halo {

/// A box of cells that is sent from one rank to another.
struct Transfer {
  int peer = 0;   ///< the other rank
  int brick = 0;  ///< this rank's brick
  int peer_brick = 0;
  grid::Box source;   ///< the cells on the rank that sends them, in domain indices
  grid::Index shift;  ///< from `source` to the ghost cells; 0 unless across a periodic face
};

/// A box of cells that is copied within the rank.
struct LocalCopy {
  int from = 0;  ///< source brick
  int to = 0;    ///< destination brick
  grid::Box source;
  grid::Index shift;
};

/// The plan of one rank for a given number of ghost layers, including those at edges and corners. Computed
/// from the partition alone, without communication; contains only transfers to and from neighbours.
struct HaloPlan {
  std::vector<LocalCopy> copies;
  /// Ordered by peer; the transfers between two ranks are in the same order on both.
  std::vector<Transfer> receives;
  std::vector<Transfer> sends;

  /// Returns the plan of `rank`. `ghost`: number of ghost layers along each axis, 0 beyond the domain's
  /// dimensions. Throws base::ContractViolation if a periodic axis has fewer cells than ghost layers.
  static HaloPlan make(const partition::Partition& partition, std::array<bool, 3> periodic,
                       const grid::Index& ghost, int rank);
};

/// Returns a shift of 0 (the domain itself) and the shifts to those periodic images of the domain that
/// contain ghost cells. `cells`: number of cells of the domain along each axis; `ghost`: number of ghost
/// layers along each axis.
std::vector<grid::Index> image_shifts(const grid::Index& cells, std::array<bool, 3> periodic,
                                      const grid::Index& ghost);

}  // namespace tessera::halo
