// The caches of this node, and the cores that this process may use.
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::machine {

/// The topology as reported by hwloc. A cache that hwloc does not report has a typical size.
struct Topology {
  std::size_t l2_bytes = std::size_t{1} << 20;   ///< size of one L2 cache
  std::size_t l3_bytes = std::size_t{16} << 20;  ///< total size of all last-level caches of the node
  std::vector<unsigned> cores;  ///< hwloc logical indices of the cores that this process may run on
};

/// Returns the topology of this node. Each call queries hwloc, which takes a few milliseconds. Not
/// collective.
Topology read_topology();

}  // namespace tessera::machine
