// How much memory the processes on this host can still allocate.
#pragma once

#include <limits>
#include <string>

namespace tessera::host {

/// An amount of memory that can still be allocated, and what limits it.
struct MemoryLimit {
  double bytes = std::numeric_limits<double>::infinity();
  std::string source;  ///< such as "SLURM_MEM_PER_NODE"; empty if there is no limit
};

/// The limit for all processes of this user's job on this host together: the smallest of the memory that the
/// system has available, the limits of control groups, and the memory that Slurm has allocated to the job on
/// this node (SLURM_MEM_PER_NODE or SLURM_MEM_PER_CPU). Tests set `root`, which takes the place of the root
/// directory.
MemoryLimit available_memory(const std::string& root = "");

/// The resource limits of this process; infinity if there is none.
struct ProcessMemory {
  MemoryLimit address_space;  ///< for private and for shared memory (`ulimit -v`)
  MemoryLimit data;           ///< for private memory (`ulimit -d`)
};

/// Reads the resource limits of this process, less the memory that it already uses.
ProcessMemory process_memory();

}  // namespace tessera::host
