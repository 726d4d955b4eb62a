// Traverses the cells of a brick in skewed tiles.
#pragma once

#include "grid/geometry/box.h"
#include "grid/loop/tiling.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace tessera::loop {

/// One pass over some cells of a brick. A pass may compute a layer once the previous pass is ahead of it by
/// the difference between their skews.
struct Pass {
  int skew = 0;
  std::vector<grid::Box> pieces;  ///< disjoint, local indices
};

/// Traverses the pieces of all passes in skewed tiles. Along the last axis, and along y if `tiling.rows` is
/// set, the tile of a pass is shifted back by its skew. Within a tile, all passes run one after another on
/// cells that are in cache. Overall, each pass visits each of its cells once, after the cells on which that
/// cell depends. See Wolf and Lam (1991), "A loop transformation theory and an algorithm to maximize
/// parallelism", IEEE Trans. Parallel Distrib. Syst. 2(4); Wonnacott (2000), "Using time skewing to eliminate
/// idle time due to memory bandwidth and network limitations", IPDPS.
///
/// Calls visit(pass, box) for each box, with the index of the pass.
template <class Visit>
void traverse(const std::vector<Pass>& passes, int dimensions, const Tiling& tiling, Visit visit) {
  struct SkewedRange {
    int axis;
    std::int64_t first, end, size;
  };
  const auto skewed_range = [&](int axis, std::int64_t size) {
    SkewedRange s{axis, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(),
                  size};
    for (const Pass& pass : passes) {
      for (const grid::Box& piece : pass.pieces) {
        if (piece.empty()) continue;
        s.first = std::min(s.first, piece.lower[axis] + pass.skew);
        s.end = std::max(s.end, piece.upper[axis] + pass.skew);
      }
    }
    return s;
  };
  const bool has_row_tiles = dimensions == 3 && tiling.rows > 0;
  const SkewedRange inner = skewed_range(dimensions - 1, tiling.planes);
  if (inner.first >= inner.end) return;
  const SkewedRange outer = has_row_tiles ? skewed_range(1, tiling.rows) : SkewedRange{1, 0, 1, 1};

  for (std::int64_t y = outer.first; y < outer.end; y += outer.size) {
    for (std::int64_t z = inner.first; z < inner.end; z += inner.size) {
      for (std::size_t p = 0; p < passes.size(); ++p) {
        const std::int64_t skew = passes[p].skew;
        for (const grid::Box& piece : passes[p].pieces) {
          grid::Box box = piece;
          box.lower[inner.axis] = std::max(box.lower[inner.axis], z - skew);
          box.upper[inner.axis] = std::min(box.upper[inner.axis], z + inner.size - skew);
          if (has_row_tiles) {
            box.lower[1] = std::max(box.lower[1], y - skew);
            box.upper[1] = std::min(box.upper[1], y + outer.size - skew);
          }
          if (!box.empty()) visit(p, box);
        }
      }
    }
  }
}

}  // namespace tessera::loop
