// A loop over the cells of a box, and unique values for cells.
#pragma once

#include "grid/geometry/box.h"

#include <cstdint>

namespace tessera::test {

/// Calls f(index) for every index in a box, x fastest.
template <class F>
void for_each(const grid::Box& box, F f) {
  for (std::int64_t k = box.lower[2]; k < box.upper[2]; ++k) {
    for (std::int64_t j = box.lower[1]; j < box.upper[1]; ++j) {
      for (std::int64_t i = box.lower[0]; i < box.upper[0]; ++i) f(grid::Index{{i, j, k}});
    }
  }
}

/// A value that is unique to its cell (up to 256 along each axis), field (up to 4) and component (up to 8).
inline double unique_value(const grid::Index& cell, int field, int component) {
  return 1.0 + static_cast<double>(cell[0]) + 256.0 * static_cast<double>(cell[1]) +
         65536.0 * static_cast<double>(cell[2]) + 0.25 * field + 0.03125 * component;
}

}  // namespace tessera::test
