// The hardware that this process runs on: caches, and the cores that it may use.
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::machine {

/// The topology as reported by hwloc; a cache that hwloc does not report has a typical size.
struct Topology {
  std::size_t l2_bytes = std::size_t{1} << 20;   ///< size of one L2 cache
  std::size_t l3_bytes = std::size_t{16} << 20;  ///< total size of all last-level caches of the node
  std::vector<unsigned> cores;                   ///< cores this process may run on, by hwloc logical index
};

/// Queries hwloc on every call, which takes some milliseconds. Not collective.
Topology read_topology();

}  // namespace tessera::machine
