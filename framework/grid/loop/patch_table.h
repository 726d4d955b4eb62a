// The patches that solver calls see.
#pragma once

#include "grid/field/field_store.h"
#include "grid/solver/solver.h"
#include "grid/solver/solver_schema.h"

#include <initializer_list>
#include <vector>

namespace tessera::loop {

/// A box of a brick in local indices, in the solver's form. The brick's extents fit 32 bits.
tessera_region region_of(const grid::Box& local);

/// Patches over the bricks of a FieldStore. Each function points the views at the levels that a kind of
/// call may read and write, and at nothing for fields it may not touch; the reference it returns stays
/// valid until the next call. Allocates nothing after construction.
class PatchTable {
 public:
  PatchTable(const solver::Solver& solver, field::FieldStore& store);

  /// For a stage: its declared reads and writes, when each field has switched levels `advances` times.
  /// `image`: added to the place that the patch says it has in the domain, for cells beyond a periodic end.
  const tessera_patch& for_stage(int brick, const solver::StageSchema& stage,
                                 const std::vector<int>& advances, const grid::Index& image = {});
  /// After for_stage(): has a field of the patch written to `scratch`, where `cells` lie without gaps
  /// between rows but for what keeps them aligned as in the brick. Returns the end of what it takes.
  std::byte* redirect_write(int field, const grid::Box& cells, std::byte* scratch);
  /// The view of the scratch that a field is written to; `like`: a view of the field.
  field::FieldView redirected(int field, const field::FieldView& like) const;
  /// For initialize(): all fields but work fields, both ways.
  const tessera_patch& for_initialize(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant, derived}, {state, constant, derived});
  }
  /// For stable_dt(): state and constant fields, to read.
  const tessera_patch& for_stable_dt(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant}, {});
  }
  /// For derive(): state and constant fields to read, derived fields to write.
  const tessera_patch& for_derive(int brick) {
    using enum solver::FieldKind;
    return for_kinds(brick, {state, constant}, {derived});
  }
  /// For boundary(): all fields to read, one of them to write in place, when each has switched levels
  /// `advances` times (nullptr: not at all).
  const tessera_patch& for_boundary(int brick, int field, const std::vector<int>* advances,
                                    const grid::Index& image = {});

 private:
  using Kinds = std::initializer_list<solver::FieldKind>;
  const tessera_patch& for_kinds(int brick, Kinds reads, Kinds writes);
  tessera_patch& blank(int brick, const grid::Index& image = {});

  const solver::SolverSchema* schema_;
  field::FieldStore* store_;
  std::vector<tessera_patch> patches_;  // by brick
  std::vector<tessera_view> reads_;
  std::vector<tessera_view> writes_;
};

}  // namespace tessera::loop
