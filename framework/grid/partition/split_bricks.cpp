#include "grid/partition/split_bricks.h"

namespace tessera::partition {

SplitBricks::SplitBricks(std::unique_ptr<Partition> whole)
    : Partition{whole->layout()}, whole_{std::move(whole)} {}

std::vector<grid::Box> SplitBricks::bricks(int rank) const {
  std::vector<grid::Box> chunks;
  for (const grid::Box& brick : whole_->bricks(rank)) {
    for_each_index(brick, [&](const grid::Index& index) { chunks.push_back(grid::box_at(index)); });
  }
  return chunks;
}

void SplitBricks::visit_owners(const grid::Box& chunks,
                               const std::function<void(const Owner&)>& visit) const {
  whole_->visit_owners(chunks, [&](const Owner& owner) {
    const std::vector<grid::Box> bricks = whole_->bricks(owner.rank);
    std::int64_t first = 0;  // index of this brick's first chunk among the chunks of the rank
    for (int b = 0; b < owner.brick; ++b) first += bricks[static_cast<std::size_t>(b)].volume();
    for_each_index(grid::intersection(owner.chunks, chunks), [&](const grid::Index& index) {
      const std::int64_t n = first + linear_index(index - owner.chunks.lower, owner.chunks.extents());
      visit({owner.rank, static_cast<int>(n), grid::box_at(index)});
    });
  });
}

}  // namespace tessera::partition
