// The division of the domain into a lattice of chunks of equal size, except for the last along each axis.
#pragma once

#include "grid/geometry/box.h"

namespace tessera::grid {

/// A layout is the same on every rank and for any number of ranks. The indices of a *lattice box* count
/// chunks; the indices of a *cell box* count cells.
class ChunkLayout {
 public:
  /// `cells`: extent of the domain; `chunk`: cells per chunk along each axis, reduced to the extent of the
  /// domain if larger. Both must be at least 1 along each axis (base::ContractViolation). The last chunk
  /// along an axis contains the remainder; a remainder of fewer than `min_width` cells is merged into the
  /// chunk before it. If `min_width` is the largest stencil radius of the solver, only chunks adjacent to a
  /// face of the domain have ghost cells beyond that face.
  ChunkLayout(const Index& cells, const Index& chunk, std::int64_t min_width = 1);

  /// The default chunk size. It depends only on the domain: about 32^3, 128^2 or 16384 cells in 3, 2 or 1
  /// dimensions, chosen so that all chunks have nearly the same size.
  static Index default_chunk(const Index& cells, int dimensions);

  const Index& cells() const { return cells_; }
  const Index& chunk() const { return chunk_; }
  /// Number of chunks along each axis.
  const Index& lattice() const { return lattice_; }
  std::int64_t chunk_count() const { return lattice_[0] * lattice_[1] * lattice_[2]; }

  /// The cells of the chunks in a lattice box, as a cell box.
  Box cells_of(const Box& lattice) const;
  /// The smallest lattice box that contains all cells of `cells` in the domain; empty if there are none.
  Box chunks_of(const Box& cells) const;
  /// The id of a chunk: its linear index in the lattice, x fastest. index_of() is the inverse.
  std::int64_t id_of(const Index& index) const { return linear_index(index, lattice_); }
  Index index_of(std::int64_t id) const { return index_at(id, lattice_); }

 private:
  Index cells_;
  Index chunk_;
  Index lattice_;
};

}  // namespace tessera::grid
