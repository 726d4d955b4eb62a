// Which chunks go from whom to whom.
#pragma once

#include "grid/partition/partition.h"

#include <vector>

namespace tessera::balance {

/// Chunks that go to or come from another rank.
struct Move {
  int peer = 0;
  int brick = 0;  ///< this rank's brick: of the old partition for what it sends, of the new one else
  grid::Box chunks;
};

/// Chunks that stay on the rank.
struct Stay {
  int from = 0;  ///< brick of the old partition
  int to = 0;    ///< brick of the new partition
  grid::Box chunks;
};

/// One rank's part in the change from one partition to another: a value, found from the partitions without
/// communication. Each chunk that the rank owns before is in one move or stay, and so is each that it owns
/// after.
struct MigrationPlan {
  std::vector<Stay> stays;
  /// Ordered by peer, then by box: the moves between a pair of ranks stand in the same order on both.
  std::vector<Move> sends;
  std::vector<Move> receives;

  /// `from` and `to` must be partitions of one layout (base::ContractViolation).
  static MigrationPlan make(const partition::Partition& from, const partition::Partition& to, int rank);
};

/// The cells of some moves.
std::int64_t cells_of(const std::vector<Move>& moves, const grid::ChunkLayout& layout);

}  // namespace tessera::balance
