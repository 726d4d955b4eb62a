// The bricks into which a box of chunks is divided, without a list of them.
#pragma once

#include "grid/geometry/chunk_layout.h"

#include <vector>

namespace tessera::partition {

/// A box of chunks that is stored as one brick, or as one brick per chunk. Counts its bricks and their cells
/// without visiting each of them, so that a plan for 10^18 chunks takes no longer than one for 10. Numbers
/// are doubles, since some exceed 64 bits.
class BrickBlock {
 public:
  /// `chunks`: a lattice box that is not empty; `split`: whether each chunk is a brick of its own. `layout`
  /// must outlive the object.
  BrickBlock(const grid::ChunkLayout& layout, const grid::Box& chunks, bool split)
      : layout_{&layout}, chunks_{chunks}, split_{split} {}

  /// Bricks with equal extents.
  struct Kind {
    grid::Box cells;  ///< one of these bricks
    double count = 0.0;
  };
  /// All kinds of bricks: up to 8, because only the last chunk along each axis may differ from the others.
  std::vector<Kind> kinds() const;

  /// The same for the chunks of the box.
  std::vector<Kind> kinds_of_chunks() const { return BrickBlock{*layout_, chunks_, true}.kinds(); }

  /// All cells of the box.
  grid::Box cells() const { return layout_->cells_of(chunks_); }
  /// Number of chunks.
  double chunks() const { return static_cast<double>(chunks_.volume()); }
  /// Number of bricks.
  double count() const { return split_ ? chunks() : 1.0; }
  /// Number of pairs of different bricks that are less than `ghost` layers apart, in both orders.
  double neighbour_pairs(const grid::Index& ghost) const;
  /// Number of cells in `box`, summed over all bricks after each has grown by `ghost` layers.
  double overlap(const grid::Index& ghost, const grid::Box& box) const;

 private:
  double overlap_along(int axis, std::int64_t ghost, std::int64_t first, std::int64_t end) const;

  const grid::ChunkLayout* layout_;
  grid::Box chunks_;
  bool split_;
};

}  // namespace tessera::partition
