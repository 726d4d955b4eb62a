// What this process runs on: caches, and the cores it may use.
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::machine {

/// As hwloc reports it; a cache that it does not know is taken to be of a common size.
struct Topology {
  std::size_t l2_bytes = std::size_t{1} << 20;   ///< of one core
  std::size_t l3_bytes = std::size_t{16} << 20;  ///< of all last-level caches of the node together
  std::vector<unsigned> cores;                   ///< that this process may run on, by logical number
};

/// Asks hwloc, once a call: some milliseconds. No communication.
Topology read_topology();

}  // namespace tessera::machine
