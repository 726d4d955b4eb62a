#include "grid/geometry/hilbert.h"

#include "base/contract.h"

#include <array>

namespace tessera::grid {

std::uint64_t hilbert_position(const Index& index, int bits, int dimensions) {
  base::expects(dimensions >= 1 && dimensions <= 3 && bits >= 0 && bits * dimensions <= 62,
                "positions on the Hilbert curve must fit in 62 bits");
  if (bits == 0) return 0;
  std::array<std::uint64_t, 3> x{};
  const auto n = static_cast<std::size_t>(dimensions);
  for (std::size_t a = 0; a < n; ++a) x[a] = static_cast<std::uint64_t>(index[static_cast<int>(a)]);

  const std::uint64_t top = std::uint64_t{1} << (bits - 1);
  for (std::uint64_t q = top; q > 1; q >>= 1) {  // inverse undo
    const std::uint64_t p = q - 1;
    for (std::size_t a = 0; a < n; ++a) {
      if ((x[a] & q) != 0) {
        x[0] ^= p;
      } else {
        const std::uint64_t t = (x[0] ^ x[a]) & p;
        x[0] ^= t;
        x[a] ^= t;
      }
    }
  }
  for (std::size_t a = 1; a < n; ++a) x[a] ^= x[a - 1];  // Gray encode
  std::uint64_t t = 0;
  for (std::uint64_t q = top; q > 1; q >>= 1) {
    if ((x[n - 1] & q) != 0) t ^= q - 1;
  }
  for (std::size_t a = 0; a < n; ++a) x[a] ^= t;

  std::uint64_t position = 0;
  for (int bit = bits - 1; bit >= 0; --bit) {
    for (std::size_t a = 0; a < n; ++a) position = (position << 1) | ((x[a] >> bit) & 1u);
  }
  return position;
}

}  // namespace tessera::grid
