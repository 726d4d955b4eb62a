// Calls the functions of a solver on boxes of cells.
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "grid/loop/patch_table.h"
#include "grid/loop/stage_guard.h"
#include "grid/loop/tile_plan.h"
#include "grid/loop/time_steps.h"

#include <array>
#include <optional>
#include <vector>

namespace tessera::loop {

/// Calls the solver for the bricks of this rank, with the guard if performance.guard is on. Splits boxes at
/// periodic faces: cells beyond such a face are images of cells at the opposite face, and the solver receives
/// the coordinates of the original cells. All boxes are in local indices. Does not communicate; unless the
/// guard is on, allocates no memory after the first streamed update.
///
/// The first exception of the solver is stored as the failure. After a failure, the solver is not called
/// anymore.
class SolverCalls {
 public:
  /// `solver` and `store` must outlive the object.
  SolverCalls(const solver::Solver& solver, const grid::JobSpec& job, field::FieldStore& store);

  /// Applies the stage of `sweep` to `cells`.
  void update(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& step);
  /// Like update(), but computes a few rows at a time into a scratch buffer that stays in cache, then streams
  /// the results to the fields. Does not use the guard.
  void update_streamed(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& step);

  /// Fills the ghost cells `ghosts` of `field` beyond `face` (axis, side) with the solver's own boundary
  /// condition. `advances`: level switches of each field; nullptr: none.
  void boundary(int brick, const grid::Box& ghosts, int field, std::array<int, 2> face, double time,
                const std::vector<int>* advances);

  /// Returns the largest time step that is stable in all cells of this rank, in seconds; +infinity if the
  /// rank has no cells.
  double stable_dt(double time);

  /// Computes the derived fields in `cells`.
  void derive(int brick, const grid::Box& cells, double time);

  bool uses_guard() const { return uses_guard_; }
  /// See StageGuard::poison_work_fields().
  void poison_work_fields() const { guard_.poison_work_fields(); }

  /// Stores a failure, unless there is one already.
  void fail(const base::Error& error);
  /// The error of the solver on this rank; nullopt if it has not failed.
  const std::optional<base::Error>& failure() const { return failure_; }

 private:
  template <class F>
  void catch_failure(F call);
  void annotate_failure(const StepTime& step, const std::string& location);
  template <class F>
  void for_each_image(int brick, const grid::Box& cells, F f) const;
  void fill_image(int brick, const grid::Box& ghosts, const grid::Index& image, int field,
                  std::array<int, 2> face, double time, const std::vector<int>* advances);

  const solver::Solver* solver_;
  field::FieldStore* store_;
  grid::Geometry geometry_;
  PatchTable patches_;
  StageGuard guard_;
  bool uses_guard_;
  base::Buffer scratch_;
  std::optional<base::Error> failure_;
};

}  // namespace tessera::loop
