#include "grid/partition/split_bricks.h"

namespace tessera::partition {

namespace {

/// Calls f(place) for each chunk of a lattice box, x fastest.
template <class F>
void for_each_chunk(const grid::Box& box, F f) {
  for (std::int64_t z = box.lower[2]; z < box.upper[2]; ++z) {
    for (std::int64_t y = box.lower[1]; y < box.upper[1]; ++y) {
      for (std::int64_t x = box.lower[0]; x < box.upper[0]; ++x) f(grid::Index{{x, y, z}});
    }
  }
}

grid::Box chunk_at(const grid::Index& place) { return {place, place + grid::Index::all(1)}; }

}  // namespace

SplitBricks::SplitBricks(std::unique_ptr<Partition> whole)
    : Partition{whole->layout()}, whole_{std::move(whole)} {}

std::vector<grid::Box> SplitBricks::bricks(int rank) const {
  std::vector<grid::Box> chunks;
  for (const grid::Box& brick : whole_->bricks(rank)) {
    for_each_chunk(brick, [&](const grid::Index& place) { chunks.push_back(chunk_at(place)); });
  }
  return chunks;
}

void SplitBricks::visit_owners(const grid::Box& chunks,
                               const std::function<void(const Owner&)>& visit) const {
  whole_->visit_owners(chunks, [&](const Owner& owner) {
    int first = 0;  // of the chunks of this brick among all of the rank
    int number = 0;
    for (const grid::Box& brick : whole_->bricks(owner.rank)) {
      if (number++ == owner.brick) break;
      first += static_cast<int>(brick.volume());
    }
    const grid::Index extent = owner.chunks.extents();
    for_each_chunk(grid::intersection(owner.chunks, chunks), [&](const grid::Index& place) {
      const grid::Index at = place - owner.chunks.lower;
      const std::int64_t n = at[0] + extent[0] * (at[1] + extent[1] * at[2]);
      visit({owner.rank, first + static_cast<int>(n), chunk_at(place)});
    });
  });
}

}  // namespace tessera::partition
