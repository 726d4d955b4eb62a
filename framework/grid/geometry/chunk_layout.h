// How the domain is cut into chunks: a lattice of equal boxes but for the last ones along each axis.
#pragma once

#include "grid/geometry/box.h"

namespace tessera::grid {

/// Pure geometry, the same on every rank and for every rank count. A *lattice box* counts chunks, a
/// *cell box* counts cells.
class ChunkLayout {
 public:
  /// `cells`: extent of the domain; `chunk`: cells of a chunk along each axis, at least 1; larger than
  /// the domain is taken as the domain. The last chunk along an axis is what remains; a remainder of
  /// fewer than `thinnest` cells joins the chunk before it. With the solver's widest stencil as
  /// `thinnest`, only chunks at a face of the domain have ghost cells beyond it.
  ChunkLayout(const Index& cells, const Index& chunk, std::int64_t thinnest = 1);

  /// A chunk size chosen from the domain alone: near 32^3, 128^2 or 16384 cells, and near-equal chunks.
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
  /// Position of a chunk in the order x fastest; and back.
  std::int64_t id_of(const Index& place) const { return linear_index(place, lattice_); }
  Index place_of(std::int64_t id) const { return place_at(id, lattice_); }

 private:
  Index cells_;
  Index chunk_;
  Index lattice_;
};

}  // namespace tessera::grid
