// Ghost cells that follow from cells of the same brick, filled box by box.
#pragma once

#include "grid/field/field_store.h"
#include "grid/halo/boundary_fill.h"

#include <array>

namespace tessera::halo {

/// Fills ghost cells as soon as the cells that they follow from have been computed, while these are in
/// cache: periodic images along axes that every brick spans from end to end, then the layers beyond
/// the faces of the domain, axis by axis, as BoundaryFill does for whole bricks.
///
/// Boxes of a brick must come in an order in which, along each axis, lower cells come no later than upper
/// ones; a box must span the wrapped axes.
class GhostFill {
 public:
  /// `wrapped`: the periodic axes along which this class makes the images. `store` and `boundary` must
  /// outlive it.
  GhostFill(const grid::Geometry& geometry, std::array<bool, 3> wrapped, const field::FieldStore& store,
            BoundaryFill& boundary);

  /// `cells` (local indices) of a level of a field have been computed, or have come: fills the ghost cells
  /// that follow from them, `width` layers beyond the domain. `end`: where, along each axis, the cells
  /// that are computed end.
  void fill(int brick, int field, const field::FieldView& level, int width, const grid::Box& cells,
            const grid::Index& end, double time) const;

 private:
  grid::Geometry geometry_;
  std::array<bool, 3> wrapped_;
  const field::FieldStore* store_;
  BoundaryFill* boundary_;
};

}  // namespace tessera::halo
