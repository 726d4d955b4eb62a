// The Hilbert curve: an ordering of lattice points that preserves locality.
#pragma once

#include "grid/geometry/index.h"

#include <cstdint>

namespace tessera::grid {

/// Position of `index` on the Hilbert curve through a cube with 2^bits lattice points per side in
/// `dimensions` (1 to 3) dimensions. dimensions*bits must be at most 62 (base::ContractViolation). Uses
/// AxesToTranspose of Skilling (2004), "Programming the Hilbert curve", AIP Conf. Proc. 707, 381, followed by
/// an interleaving of the bits.
std::uint64_t hilbert_position(const Index& index, int bits, int dimensions);

}  // namespace tessera::grid
