// The plan of a migration: which chunks move between which ranks.
#pragma once

#include "grid/partition/partition.h"

#include <vector>

namespace tessera::balance {

/// A box of chunks that is sent to or received from another rank.
struct Move {
  int peer = 0;   ///< the other rank
  int brick = 0;  ///< this rank's brick: in the old partition for sends, in the new one for receives
  grid::Box chunks;
};

/// A box of chunks that stays on the rank and is copied to a brick of the new partition.
struct LocalMove {
  int from = 0;  ///< brick of the old partition
  int to = 0;    ///< brick of the new partition
  grid::Box chunks;
};

/// The plan of one rank for a migration from one partition to another, computed from the partitions without
/// communication. Each chunk that the rank owns before the migration is in one element of `local_moves` or
/// `sends`, and each chunk that it owns afterwards in one element of `local_moves` or `receives`.
struct MigrationPlan {
  std::vector<LocalMove> local_moves;
  /// Ordered by peer, then by box: the moves between two ranks are in the same order on both.
  std::vector<Move> sends;
  std::vector<Move> receives;

  /// Returns the plan of `rank`. `from` and `to` must have the same layout (base::ContractViolation).
  static MigrationPlan make(const partition::Partition& from, const partition::Partition& to, int rank);
};

/// Total number of cells in `moves`.
std::int64_t cells_of(const std::vector<Move>& moves, const grid::ChunkLayout& layout);

}  // namespace tessera::balance
