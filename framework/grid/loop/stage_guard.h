// Detects memory accesses of a solver that violate its declarations (`guard` in [performance]).
#pragma once

#include "grid/loop/guarded_fields.h"
#include "grid/loop/tile_plan.h"

#include <functional>

namespace tessera::loop {

/// Checks the memory accesses of a solver, which may be written in any language; see GuardedUpdate. No other
/// rank may read the fields of this rank while a member function runs. If a member function detects a
/// violation, it throws base::Error (internal) with the stage or function, the field and the cell. Exceptions
/// thrown by the solver propagate.
class StageGuard {
 public:
  StageGuard(const solver::SolverSchema& schema, field::FieldStore& store, const grid::Geometry& geometry)
      : fields_{&schema, &store, geometry} {}

  /// Splits `cells` (local indices) into parts and calls `update(part)`, which must apply the stage of
  /// `sweep` to the part, one or more times for each. A box is split along each axis along which it has 8 or
  /// more cells, so that a solver that ignores the bounds of its region is detected even if `cells` fills the
  /// brick.
  void update(const Sweep& sweep, int brick, const grid::Box& cells,
              const std::function<void(const grid::Box& part)>& update) const;

  /// Calls `derive` and checks that it writes the derived fields in all of `cells` (local indices).
  void derive(int brick, const grid::Box& cells, const std::function<void()>& derive) const;

  /// Calls `boundary` and checks that it fills the ghost cells `ghosts` (local indices) in `level` of
  /// `field`.
  void boundary(int brick, int field, const field::FieldView& level, const grid::Box& ghosts,
                const std::function<void()>& boundary) const;

  /// Poisons all work fields, so that the use of a value from an earlier step is detected. Must be called at
  /// the start of each step or time tile.
  void poison_work_fields() const;

 private:
  GuardedFields fields_;
};

}  // namespace tessera::loop
