// The Hilbert curve: an order of lattice places in which neighbours stay near each other.
#pragma once

#include "grid/geometry/index.h"

#include <cstdint>

namespace tessera::grid {

/// Position of `place` on the Hilbert curve through a cube of 2^bits places per side in `dimensions`
/// (1 to 3) dimensions; dimensions*bits is at most 62. Skilling (2004), "Programming the Hilbert curve",
/// AIP Conf. Proc. 707, 381: AxesToTranspose, then bit interleaving.
std::uint64_t hilbert_position(const Index& place, int bits, int dimensions);

}  // namespace tessera::grid
