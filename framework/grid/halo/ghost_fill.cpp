#include "grid/halo/ghost_fill.h"

#include "grid/field/copy.h"

#include <algorithm>

namespace tessera::halo {

GhostFill::GhostFill(const grid::Geometry& geometry, std::array<bool, 3> wrapped,
                     const field::FieldStore& store, BoundaryFill& boundary)
    : geometry_{geometry}, wrapped_{wrapped}, store_{&store}, boundary_{&boundary} {}

void GhostFill::fill(int brick, int field, const field::FieldView& level, int width, const grid::Box& cells,
                     const grid::Index& end, double time) const {
  if (width == 0) return;
  const grid::Box owned{{}, store_->bricks()[static_cast<std::size_t>(brick)].extents()};
  // A field may have fewer ghost layers than another one for which these cells were computed.
  grid::Box filled = grid::intersection(cells, owned.grown(level.ghost));
  if (filled.empty()) return;

  for (int a = 0; a < geometry_.dimensions; ++a) {
    if (!wrapped_[static_cast<std::size_t>(a)]) continue;
    grid::Box upper_end = filled;
    upper_end.lower[a] = owned.upper[a] - width;
    grid::Index below = filled.lower;
    below[a] = -width;
    field::copy(level, upper_end, level, below);
    grid::Box lower_end = filled;
    lower_end.upper[a] = width;
    grid::Index above = filled.lower;
    above[a] = owned.upper[a];
    field::copy(level, lower_end, level, above);
    filled.lower[a] = -width;
    filled.upper[a] = owned.upper[a] + width;
  }

  for (int a = 0; a < geometry_.dimensions; ++a) {
    if (geometry_.periodic[static_cast<std::size_t>(a)]) continue;
    const std::int64_t first = boundary_->plane(brick, a, 0);
    const std::int64_t last = boundary_->plane(brick, a, 1);
    grid::Box ghosts = filled;
    // Beyond the lower face all mirror images are there once the layer farthest from it is.
    const std::int64_t farthest = std::min(first + width, end[a]) - 1;
    if (cells.lower[a] <= farthest && farthest < cells.upper[a] && first - width < end[a]) {
      ghosts.lower[a] = std::max(first - width, owned.lower[a] - level.ghost[a]);
      ghosts.upper[a] = first;
      if (!ghosts.empty()) {
        boundary_->fill_beyond(a, 0, brick, field, level, ghosts, time);
        filled.lower[a] = ghosts.lower[a];
      }
    }
    if (cells.lower[a] < last && last <= cells.upper[a]) {
      ghosts.lower[a] = last;
      ghosts.upper[a] = std::min(last + width, owned.upper[a] + level.ghost[a]);
      if (!ghosts.empty()) {
        boundary_->fill_beyond(a, 1, brick, field, level, ghosts, time);
        filled.upper[a] = ghosts.upper[a];
      }
    }
  }
}

}  // namespace tessera::halo
