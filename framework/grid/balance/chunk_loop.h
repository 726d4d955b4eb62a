// A loop over the chunks of a lattice box.
#pragma once

#include "grid/geometry/chunk_layout.h"

namespace tessera::balance {

/// Calls f(number of the chunk) for each chunk of a box, x fastest.
template <class F>
void for_each_chunk(const grid::ChunkLayout& layout, const grid::Box& chunks, F f) {
  for (std::int64_t z = chunks.lower[2]; z < chunks.upper[2]; ++z) {
    for (std::int64_t y = chunks.lower[1]; y < chunks.upper[1]; ++y) {
      for (std::int64_t x = chunks.lower[0]; x < chunks.upper[0]; ++x) f(layout.id_of({{x, y, z}}));
    }
  }
}

}  // namespace tessera::balance
