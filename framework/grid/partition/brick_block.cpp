#include "grid/partition/brick_block.h"

#include <algorithm>
#include <array>

namespace tessera::partition {

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b > 0 ? 1 : 0); }

}  // namespace

std::vector<BrickBlock::Kind> BrickBlock::kinds() const {
  if (!split_) return {{layout_->cells_of(chunks_), 1.0}};
  // Along each axis: the first chunk represents all chunks except the last one of the lattice.
  std::array<std::vector<std::array<std::int64_t, 2>>, 3> ranges;  // first chunk, number of chunks
  for (int a = 0; a < 3; ++a) {
    auto& range = ranges[static_cast<std::size_t>(a)];
    const std::int64_t last = layout_->lattice()[a] - 1;
    const std::int64_t equal_end = std::min(chunks_.upper[a], last);
    if (equal_end > chunks_.lower[a]) range.push_back({chunks_.lower[a], equal_end - chunks_.lower[a]});
    if (chunks_.upper[a] > last) range.push_back({last, 1});
  }
  std::vector<Kind> kinds;
  for (const auto& z : ranges[2]) {
    for (const auto& y : ranges[1]) {
      for (const auto& x : ranges[0]) {
        kinds.push_back({layout_->cells_of(grid::box_at({{x[0], y[0], z[0]}})),
                         static_cast<double>(x[1]) * static_cast<double>(y[1]) * static_cast<double>(z[1])});
      }
    }
  }
  return kinds;
}

double BrickBlock::neighbour_pairs(const grid::Index& ghost) const {
  if (!split_) return 0.0;
  double pairs = 1.0;
  for (int a = 0; a < 3; ++a) {
    const std::int64_t n = chunks_.extent(a);
    const std::int64_t reach = std::min(ceil_div(ghost[a], layout_->chunk()[a]), n - 1);
    pairs *= static_cast<double>(n) * static_cast<double>(2 * reach + 1) -
             static_cast<double>(reach) * static_cast<double>(reach + 1);
  }
  return pairs - count();
}

double BrickBlock::overlap(const grid::Index& ghost, const grid::Box& box) const {
  double cells = 1.0;
  for (int a = 0; a < 3; ++a) cells *= overlap_along(a, ghost[a], box.lower[a], box.upper[a]);
  return cells;
}

/// The same along one axis, for the cells from `first` to `end`.
double BrickBlock::overlap_along(int axis, std::int64_t ghost, std::int64_t first, std::int64_t end) const {
  const auto grown_overlap = [&](std::int64_t lower, std::int64_t upper) {
    return static_cast<double>(
        std::max<std::int64_t>(0, std::min(upper + ghost, end) - std::max(lower - ghost, first)));
  };
  if (!split_) return grown_overlap(cells().lower[axis], cells().upper[axis]);
  const std::int64_t size = layout_->chunk()[axis];
  const std::int64_t last = layout_->lattice()[axis] - 1;
  const std::int64_t lower = chunks_.lower[axis];
  const std::int64_t upper = std::min(chunks_.upper[axis], last);  // end of the chunks of equal size
  double total = 0.0;
  if (chunks_.upper[axis] > last) total += grown_overlap(last * size, layout_->cells()[axis]);
  // Chunks that touch the range at all, and among them those that lie inside it with all their ghost cells.
  const std::int64_t touching = std::clamp(floor_div(first - ghost, size), lower, std::max(lower, upper));
  const std::int64_t touching_end =
      std::clamp(ceil_div(end + ghost, size), touching, std::max(touching, upper));
  std::int64_t inside = std::clamp(ceil_div(first + ghost, size), touching, touching_end);
  std::int64_t inside_end = std::clamp(floor_div(end - ghost, size), touching, touching_end);
  if (inside_end < inside) inside = inside_end = touching_end;
  total += static_cast<double>(inside_end - inside) * static_cast<double>(size + 2 * ghost);
  for (std::int64_t n = touching; n < inside; ++n) total += grown_overlap(n * size, (n + 1) * size);
  for (std::int64_t n = inside_end; n < touching_end; ++n) total += grown_overlap(n * size, (n + 1) * size);
  return total;
}

}  // namespace tessera::partition
