// The patches that solver calls see.
#pragma once

#include "field/field_store.h"
#include "job/solver_schema.h"
#include "plugin/solver.h"

#include <functional>
#include <memory>
#include <vector>

namespace tessera::driver {

/// A box of a brick in local indices, in the solver's form. The brick's extents fit 32 bits.
tessera_region region_of(const grid::Box& local);

/// Patches over the bricks of a FieldStore. Each function points the views at the levels that a kind of
/// call may read and write, and at nothing for fields it may not touch; the reference it returns stays
/// valid until the next call. Allocates nothing after construction.
class PatchTable {
 public:
  PatchTable(const plugin::Solver& solver, const field::FieldStore& store);

  /// For a stage: its declared reads and writes.
  const tessera_patch& for_stage(int brick, const job::StageSchema& stage);
  /// For initialize(): all fields but work fields, both ways.
  const tessera_patch& for_initialize(int brick);
  /// For stable_dt(): state and constant fields, to read.
  const tessera_patch& for_stable_dt(int brick);
  /// For derive(): state and constant fields to read, derived fields to write.
  const tessera_patch& for_derive(int brick);
  /// For boundary(): all current levels to read, one field to write in place.
  const tessera_patch& for_boundary(int brick, int field);

 private:
  tessera_patch& blank(int brick);
  tessera_view view_of(const field::FieldView& view) const;
  bool is(int field, job::FieldKind kind) const;

  const job::SolverSchema* schema_;
  const field::FieldStore* store_;
  std::vector<tessera_patch> patches_;  // by brick
  std::vector<tessera_view> reads_;
  std::vector<tessera_view> writes_;
};

}  // namespace tessera::driver
