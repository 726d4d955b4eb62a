// The order in which the boxes of a block are computed.
#pragma once

#include "grid/geometry/box.h"
#include "grid/loop/blocking.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace tessera::loop {

/// One pass over some cells of a brick: it may be at a layer once the pass before it is `lag` minus that
/// pass's lag layers farther.
struct Pass {
  int lag = 0;
  std::vector<grid::Box> pieces;  ///< disjoint, local indices
};

/// Goes over the pieces of all passes in skewed blocks: along the last axis (and, where `rows` is set, along
/// y) a block of pass p lies p's lag behind, so that within a block all passes run one after another on cells
/// that are in cache, and each cell is visited once a pass, after what it depends on. Wolf and Lam (1991),
/// "A loop transformation theory and an algorithm to maximize parallelism", IEEE Trans. Parallel Distrib.
/// Syst. 2(4); Wonnacott (2000), "Using time skewing to eliminate idle time due to memory bandwidth and
/// network limitations", IPDPS.
///
/// Calls visit(pass, box) for each box.
template <class Visit>
void traverse(const std::vector<Pass>& passes, int dimensions, const Blocking& blocking, Visit visit) {
  struct Skewed {
    int axis;
    std::int64_t first, last, size;
  };
  const auto skewed = [&](int axis, std::int64_t size) {
    Skewed s{axis, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min(), size};
    for (const Pass& pass : passes) {
      for (const grid::Box& piece : pass.pieces) {
        if (piece.empty()) continue;
        s.first = std::min(s.first, piece.lower[axis] + pass.lag);
        s.last = std::max(s.last, piece.upper[axis] + pass.lag);
      }
    }
    return s;
  };
  const bool tiled = dimensions == 3 && blocking.rows > 0;
  const Skewed inner = skewed(dimensions - 1, blocking.layers);
  if (inner.first >= inner.last) return;
  const Skewed outer = tiled ? skewed(1, blocking.rows) : Skewed{1, 0, 1, 1};

  for (std::int64_t y = outer.first; y < outer.last; y += outer.size) {
    for (std::int64_t z = inner.first; z < inner.last; z += inner.size) {
      for (std::size_t p = 0; p < passes.size(); ++p) {
        const std::int64_t lag = passes[p].lag;
        for (const grid::Box& piece : passes[p].pieces) {
          grid::Box box = piece;
          box.lower[inner.axis] = std::max(box.lower[inner.axis], z - lag);
          box.upper[inner.axis] = std::min(box.upper[inner.axis], z + inner.size - lag);
          if (tiled) {
            box.lower[1] = std::max(box.lower[1], y - lag);
            box.upper[1] = std::min(box.upper[1], y + outer.size - lag);
          }
          if (!box.empty()) visit(p, box);
        }
      }
    }
  }
}

}  // namespace tessera::loop
