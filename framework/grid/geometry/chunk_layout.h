// Division of the domain into chunks: a lattice of boxes, equal except for the last ones along each axis.
#pragma once

#include "grid/geometry/box.h"

namespace tessera::grid {

/// Pure geometry, the same on every rank and for every rank count. A *lattice box* is measured in chunks, a
/// *cell box* in cells.
class ChunkLayout {
 public:
  /// `cells`: extent of the domain; `chunk`: cells per chunk along each axis, at least 1, limited to the
  /// extent of the domain. The last chunk along an axis holds the remainder; a remainder of fewer than
  /// `min_width` cells is merged into the chunk before it. If `min_width` is the radius of the solver's
  /// widest stencil, only chunks at a face of the domain have ghost cells beyond it.
  ChunkLayout(const Index& cells, const Index& chunk, std::int64_t min_width = 1);

  /// A chunk size that depends on the domain alone: about 32^3, 128^2 or 16384 cells, such that all chunks
  /// have nearly the same size.
  static Index default_chunk(const Index& cells, int dimensions);

  const Index& cells() const { return cells_; }
  const Index& chunk() const { return chunk_; }
  /// Number of chunks along each axis.
  const Index& lattice() const { return lattice_; }
  std::int64_t chunk_count() const { return lattice_[0] * lattice_[1] * lattice_[2]; }

  /// The cells of a lattice box.
  Box cells_of(const Box& lattice) const;
  /// The smallest lattice box that holds all of `cells` (clipped to the domain).
  Box chunks_of(const Box& cells) const;
  /// Linear index of a chunk in the lattice, x fastest; place_of() is the inverse.
  std::int64_t id_of(const Index& place) const { return linear_index(place, lattice_); }
  Index place_of(std::int64_t id) const { return place_at(id, lattice_); }

 private:
  Index cells_;
  Index chunk_;
  Index lattice_;
};

}  // namespace tessera::grid
