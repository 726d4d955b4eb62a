// The memory that the ranks of a run need, and the memory that they have.
#pragma once

#include "host/memory_limit.h"

#include <optional>
#include <string>
#include <vector>

namespace tessera::host {

/// The memory that a rank has at the start of a run.
struct RankLimits {
  std::string host;
  int node = 0;             ///< lowest rank on the same node
  MemoryLimit node_memory;  ///< for all ranks of the node together; set for the lowest rank of the node
  ProcessMemory process;
};

/// The memory that a rank needs, in bytes.
struct RankNeed {
  double private_bytes = 0.0;  ///< without which the rank cannot start, in memory of its own
  double shared_bytes = 0.0;   ///< without which the rank cannot start, in memory shared with other ranks
  double later_bytes = 0.0;    ///< needed later, for example to write a checkpoint

  double at_start() const { return private_bytes + shared_bytes; }
  double total() const { return at_start() + later_bytes; }
};

/// A shortage of memory: what is needed, what there is, and the name of the limit.
struct Shortage {
  std::string text;    ///< such as "2 ranks on node-a need 20 TB of memory, up to 12 TB each"
  std::string limit;   ///< such as "only 8 GB is left of SLURM_MEM_PER_NODE"
  std::string advice;  ///< how to change the limit; empty if it cannot be changed by the user
};

/// Compares the memory of each rank with the limits of its process, and that of all ranks of a node with the
/// limits of the node. Both vectors are indexed by rank. Returns the first shortage; nullopt if there is
/// none.
std::optional<Shortage> find_shortage(const std::vector<RankNeed>& needs,
                                      const std::vector<RankLimits>& limits);

}  // namespace tessera::host
