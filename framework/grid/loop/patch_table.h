// The patches that are passed to solver calls.
#pragma once

#include "grid/field/field_store.h"
#include "grid/solver/solver.h"
#include "grid/solver/solver_schema.h"

#include <initializer_list>
#include <vector>

namespace tessera::loop {

/// Converts a box in local indices of a brick to the solver's type. Indices must fit in 32 bits.
tessera_region region_of(const grid::Box& local);

/// Patches over the bricks of a FieldStore. Each for_...() function sets the views to the field levels that
/// the call may read and write, and the views of all other fields to null. The reference that it returns is
/// valid until the next call. Allocates nothing after construction.
class PatchTable {
 public:
  PatchTable(const solver::Solver& solver, field::FieldStore& store);

  /// For update(): the declared reads and writes of a stage, with the levels that are current after each
  /// field f has switched levels `advances[f]` times. `image` is added to the offset of the patch in the
  /// domain, for cells beyond a periodic face.
  const tessera_patch& for_stage(int brick, const solver::StageSchema& stage,
                                 const std::vector<int>& advances, const grid::Index& image = {});
  /// After for_stage(): redirects writes to `field` from its own memory to `scratch`, which has space only
  /// for `cells`. Rows in the scratch memory are padded, so that cells have the same alignment as in the
  /// brick. Returns the end of the scratch memory used.
  std::byte* redirect_write(int field, const grid::Box& cells, std::byte* scratch);
  /// The view of the scratch memory to which `field` is redirected; `like`: a view of the field itself.
  field::FieldView redirected(int field, const field::FieldView& like) const;
  /// For initialize(): all fields except work fields, for reading and writing.
  const tessera_patch& for_initialize(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant, derived}, {state, constant, derived});
  }
  /// For stable_dt(): state and constant fields, for reading.
  const tessera_patch& for_stable_dt(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant}, {});
  }
  /// For derive(): state and constant fields for reading, derived fields for writing.
  const tessera_patch& for_derive(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant}, {derived});
  }
  /// For boundary(): `field` for reading and for writing in place, with the levels that are current after
  /// each field f has switched levels `advances[f]` times (nullptr: the current levels). Unless it is a
  /// constant field, boundary_inputs() for reading, too.
  const tessera_patch& for_boundary(int brick, int field, const std::vector<int>* advances,
                                    const grid::Index& image = {});

 private:
  using Kinds = std::initializer_list<solver::FieldKind>;
  const tessera_patch& for_kinds(int brick, Kinds reads, Kinds writes);
  tessera_patch& blank(int brick, const grid::Index& image = {});

  const solver::SolverSchema* schema_;
  field::FieldStore* store_;
  std::vector<tessera_patch> patches_;  // by brick
  std::vector<int> boundary_inputs_;
  std::vector<tessera_view> reads_;
  std::vector<tessera_view> writes_;
};

}  // namespace tessera::loop
