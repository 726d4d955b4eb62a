// Advances the bricks of this rank in time.
#pragma once

#include "base/error.h"
#include "base/fail_points.h"
#include "grid/halo/ghost_fill.h"
#include "grid/loop/phases.h"
#include "grid/loop/solver_calls.h"
#include "grid/loop/tile_set.h"
#include "grid/loop/tiling.h"
#include "grid/loop/time_steps.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace tessera::loop {

/// Computes time tiles. If the bricks are thick enough, computes the cells that need no data from other ranks
/// while a halo exchange is in progress, then the remaining cells. Owns the exchanges. Unless
/// performance.guard is on, advance() allocates no memory for a tile length that has been computed before.
///
/// If the solver fails on one rank, the other ranks must not wait for it forever. The failed rank therefore
/// stops calling its solver, but continues to exchange halos, and stores the error until the ranks agree on
/// it.
class Stepper {
 public:
  /// `limits` must be the same on all ranks. `shared`: the fields of neighbours on the node, or nullptr. All
  /// arguments must outlive the stepper. @note Collective over `comm`.
  Stepper(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
          const partition::Partition& partition, field::FieldStore& store, const TilingLimits& limits,
          halo::SharedFields* shared = nullptr);
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  /// Fills the ghost cells of fields that no stage writes, at simulated time `time`. Must be called once,
  /// after the fields have been initialised. @note Collective.
  void prepare(double time);

  /// Computes consecutive steps: as one time tile, or one stage at a time if `tiling.steps` is 0. The limits
  /// must allow time tiles with that number of steps. Adds the time spent to `times`. @note Collective: all
  /// ranks must pass the same steps and the same tiling.
  void advance(std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times);

  /// Computes one step chunk by chunk, then calls `record` for each chunk with its id and its compute time in
  /// seconds. Adds the time spent to `times`. @note Collective, like advance().
  void advance_measured(const StepTime& step, PhaseTimes& times,
                        const std::function<void(std::int64_t chunk, double seconds)>& record);

  /// Returns the largest time step that is stable in all cells of this rank, in seconds; +infinity if the
  /// rank has no cells. Does not communicate.
  double stable_dt(double time) { return calls_.stable_dt(time); }

  /// Computes the derived fields in all owned cells at simulated time `time`. Does not communicate.
  void derive(double time);
  /// Computes the derived fields in one cell of a brick (local indices). Does not communicate.
  void derive_cell(int brick, const grid::Index& cell, double time) {
    calls_.derive(brick, grid::box_at(cell), time);
  }

  /// Sets the faults to inject, and the number of the current step. Both must outlive the stepper.
  void set_faults(const base::FailPoints* faults, const std::int64_t* step) {
    faults_ = faults;
    step_ = step;
  }

  /// Injects the faults that are requested at `point` in the current step or the `steps` - 1 steps after it;
  /// see base::FailPoints. An injected exception counts as a failure of the solver; an injected NaN is
  /// written to the first state field.
  void inject_faults(const char* point, std::int64_t steps);

  /// The error of the solver on this rank; nullopt if it has not failed.
  const std::optional<base::Error>& failure() const { return calls_.failure(); }

  /// The communication of this rank so far. `nodes`: see halo::HaloExchange::traffic().
  halo::Traffic traffic(const std::vector<int>& nodes) const { return tiles_.traffic(nodes); }

 private:
  void run_tile(Tile& tile, std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times);
  void run_passes(Tile& tile, int brick, bool after_wait, std::span<const StepTime> steps,
                  const Tiling& tiling, PhaseTimes& times);
  /// Passes the number of the step of `sweep` to the solver.
  void set_step(const Sweep& sweep) const {
    if (step_ != nullptr) solver_->set_step(*step_ + sweep.step);
  }
  void fill(const Sweep& sweep, int brick, const grid::Box& cells, const grid::Index& end,
            const StepTime& step);
  void start_guarded_step();

  const transport::Communicator* comm_;
  const solver::Solver* solver_;
  const partition::Partition* partition_;
  grid::Geometry geometry_;
  TilingLimits limits_;
  field::FieldStore* store_;
  SolverCalls calls_;
  // Level switches of each field, for the solver's own boundary conditions; nullptr: none.
  const std::vector<int>* boundary_advances_ = nullptr;
  halo::GhostFill ghosts_;
  bool fills_ghosts_;  // whether any ghost cells are not filled by an exchange
  TileSet tiles_;
  halo::HaloExchange* last_exchange_ = nullptr;
  const base::FailPoints* faults_ = nullptr;
  const std::int64_t* step_ = nullptr;
};

}  // namespace tessera::loop
