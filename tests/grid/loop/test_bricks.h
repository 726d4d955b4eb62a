// Divides a domain among the ranks of a test.
#pragma once

#include "grid/geometry/box.h"
#include "support/cells.h"
#include "support/world.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tessera::test {

/// Returns the bricks of this rank: a range of cells along x, split in two along y at index `cut`. If there
/// are four ranks, the last one has no bricks.
inline std::vector<grid::Box> local_bricks(const grid::Index& cells, std::int64_t cut) {
  const int owners = std::min(world().size(), 3);
  if (world().rank() >= owners) return {};
  const std::int64_t first = cells[0] * world().rank() / owners;
  const std::int64_t end = cells[0] * (world().rank() + 1) / owners;
  return {{{{first, cut, 0}}, {{end, cells[1], cells[2]}}}, {{{first, 0, 0}}, {{end, cut, cells[2]}}}};
}

/// Calls f(brick, local index, domain index) for each cell in the bricks of this rank.
template <class F>
void for_each_owned_cell(const std::vector<grid::Box>& bricks, F f) {
  for (std::size_t b = 0; b < bricks.size(); ++b) {
    for_each(bricks[b],
             [&](const grid::Index& cell) { f(static_cast<int>(b), cell - bricks[b].lower, cell); });
  }
}

}  // namespace tessera::test
