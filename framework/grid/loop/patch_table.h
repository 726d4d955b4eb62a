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

/// The patches of the bricks in a FieldStore. Each for_...() function returns a patch whose views refer to
/// the field levels that the solver call may read and write; the views of all other fields are null. The
/// reference is valid until the next call of such a function. Allocates no memory after construction.
class PatchTable {
 public:
  PatchTable(const solver::Solver& solver, field::FieldStore& store);

  /// For update(): the fields that the stage declares to read and write, with the levels that are current
  /// after each field f has switched levels `advances[f]` times. `image` is added to the offset of the patch
  /// in the domain, for cells beyond a periodic face.
  const tessera_patch& for_stage(int brick, const solver::StageSchema& stage,
                                 const std::vector<int>& advances, const grid::Index& image = {});
  /// Changes the patch that for_stage() returned last: `field` is written to `scratch` instead of its own
  /// memory. `scratch` stores only `cells`, in rows that are padded so that cells have the same alignment as
  /// in the brick. Returns the end of the used scratch memory.
  std::byte* redirect_writes(int field, const grid::Box& cells, std::byte* scratch);
  /// The view of the scratch memory to which writes to `field` are redirected. `original`: a view of the
  /// field itself.
  field::FieldView scratch_view(int field, const field::FieldView& original) const;
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
  /// For boundary(): `field` for reading and for writing in place, with the level that is current after it
  /// has switched levels `advances[field]` times (nullptr: the current level). Unless `field` is a constant
  /// field, boundary_inputs() are available for reading, too.
  const tessera_patch& for_boundary(int brick, int field, const std::vector<int>* advances,
                                    const grid::Index& image = {});

 private:
  using Kinds = std::initializer_list<solver::FieldKind>;
  const tessera_patch& for_kinds(int brick, Kinds reads, Kinds writes);
  tessera_patch& reset_patch(int brick, const grid::Index& image = {});

  const solver::SolverSchema* schema_;
  field::FieldStore* store_;
  std::vector<tessera_patch> patches_;  // by brick
  std::vector<int> boundary_inputs_;
  std::vector<tessera_view> reads_;
  std::vector<tessera_view> writes_;
};

}  // namespace tessera::loop
