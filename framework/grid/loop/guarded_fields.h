// The fields of a guarded run, with schema and geometry.
#pragma once

#include "grid/field/field_store.h"
#include "grid/geometry/geometry.h"
#include "grid/loop/poison.h"
#include "grid/solver/solver_schema.h"

#include <string>

namespace tessera::loop {

/// Number of layers around a region, or beyond a declared radius, in which accesses are detected. A guarded
/// run stores as many spare layers, so that they are detected even in a narrow brick or at its edges.
inline constexpr int guarded_layers = 3;

struct GuardedFields {
  const solver::SolverSchema* schema;
  field::FieldStore* store;
  grid::Geometry geometry;

  const grid::Box& brick(int index) const { return store->bricks()[static_cast<std::size_t>(index)]; }
  const solver::FieldSchema& schema_of(int field) const {
    return schema->fields[static_cast<std::size_t>(field)];
  }
  /// All stored cells of a field in a brick, ghost and spare layers included; local indices.
  grid::Box stored_cells(int brick_index, int field_index) const {
    const grid::Box owned{{}, brick(brick_index).extents()};
    return owned.grown(store->stored_layers(field_index));
  }

  /// Describes an element: "field `u`, component 1, at cell (3, 4, 0)". The cell is in domain indices,
  /// wrapped into the domain along periodic axes. The component is included only if the field has several.
  std::string describe(int brick_index, int field_index, const Element& element) const;
};

}  // namespace tessera::loop
