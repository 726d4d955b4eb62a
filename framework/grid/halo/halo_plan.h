// Who needs which cells of whom: the plan of a halo exchange.
#pragma once

#include "grid/partition/partition.h"

#include <array>
#include <vector>

namespace tessera::halo {

/// A box of cells that travels between two ranks.
struct Transfer {
  int peer = 0;   ///< the other rank
  int brick = 0;  ///< this rank's brick
  int peer_brick = 0;
  grid::Box source;   ///< the cells at their owner, domain indices
  grid::Index shift;  ///< added to `source`: where the ghost cells lie (not 0 across a periodic face)
};

/// A box that stays on the rank.
struct LocalCopy {
  int from = 0;  ///< brick
  int to = 0;    ///< brick
  grid::Box source;
  grid::Index shift;
};

/// The plan of one rank for ghost layers of one width: faces, edges and corners. A value, computed
/// without communication from the partition alone; it holds this rank's neighbours and nothing else.
struct HaloPlan {
  std::vector<LocalCopy> copies;
  /// Ordered by peer; the transfers of a pair of ranks stand in the same order on both.
  std::vector<Transfer> receives;
  std::vector<Transfer> sends;

  /// `ghost`: layers along each axis, 0 for axes beyond the domain's dimensions. A periodic axis must
  /// have at least that many cells (base::ContractViolation otherwise).
  static HaloPlan make(const partition::Partition& partition, std::array<bool, 3> periodic,
                       const grid::Index& ghost, int rank);
};

/// The shifts that bring a domain of `cells` onto itself or a periodic image within reach of ghost cells.
std::vector<grid::Index> images(const grid::Index& cells, std::array<bool, 3> periodic,
                                const grid::Index& ghost);

}  // namespace tessera::halo
