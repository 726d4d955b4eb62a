// Takes steps on the bricks of this rank.
#pragma once

#include "base/buffer.h"
#include "base/error.h"
#include "base/fail_points.h"
#include "grid/halo/ghost_fill.h"
#include "grid/loop/block_plan.h"
#include "grid/loop/blocking.h"
#include "grid/loop/patch_table.h"
#include "grid/loop/phases.h"
#include "grid/loop/stage_guard.h"
#include "grid/loop/time_steps.h"
#include "grid/loop/traversal.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tessera::loop {

/// Runs blocks of steps: refresh ghost cells, compute what needs no message while messages fly, then the
/// rest. Owns the exchanges. Allocates nothing once blocks of a length have been taken before.
///
/// A solver that fails on one rank must not leave the others waiting: the rank goes on exchanging, calls
/// its solver no more, and keeps the error for the ranks to agree on.
class Stepper {
 public:
  /// `shared`: the fields of neighbours on the node, or nullptr. All ranks have the same limits.
  /// @note Collective over `comm`, which must outlive the stepper, as must the other arguments.
  Stepper(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
          const partition::Partition& partition, field::FieldStore& store, const BlockingLimits& limits,
          halo::SharedFields* shared = nullptr);
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;
  ~Stepper();

  /// Fills the ghost cells of fields that no stage writes. Once, after the fields have been initialised.
  /// @note Collective.
  void prepare(double time);

  /// Takes steps one after another, as one block: at most `blocking.steps` of them, or one when that is 0.
  /// @note Collective in the sense that every rank must call it alike.
  void advance(std::span<const StepTime> steps, const Blocking& blocking, PhaseTimes& times);

  /// Takes one step chunk by chunk, and calls `measured` with each chunk's number and the seconds it took.
  /// @note As advance().
  void measure(const StepTime& step, PhaseTimes& times,
               const std::function<void(std::int64_t chunk, double seconds)>& measured);

  /// The largest stable step of this rank's cells; +infinity without any. No communication.
  double stable_dt(double time);

  /// Computes the derived fields of all owned cells.
  void derive(double time);
  /// Computes the derived fields of one cell (local indices of a brick).
  void derive_cell(int brick, const grid::Index& cell, double time);

  /// Faults to bring about; `step`: the step that is being taken. Both must outlive the stepper.
  void inject(const base::FailPoints* faults, const std::int64_t* step) {
    faults_ = faults;
    step_ = step;
  }

  /// Brings about the fault that is asked for at `point` in the next `steps` steps, if any; see
  /// base::FailPoints. An exception counts as a failure of the solver; a NaN goes to the first state field.
  void reach(const char* point, std::int64_t steps);

  /// What the solver failed with on this rank.
  const std::optional<base::Error>& failure() const { return failure_; }

  /// What has passed between this rank and others so far. `nodes`: see halo::HaloExchange::traffic().
  halo::Traffic traffic(const std::vector<int>& nodes) const;

 private:
  struct Block;
  struct BrickPasses;

  Block& block_of(int steps);
  std::unique_ptr<Block> make_block(BlockPlan plan);
  std::int64_t add_pass(Block& block, std::size_t brick, int reach, int lag) const;
  grid::Box region_around(int brick, int layers) const;
  void run(Block& block, std::span<const StepTime> steps, const Blocking& blocking, PhaseTimes& times);
  void visit(Block& block, int brick, bool rim, std::span<const StepTime> steps, const Blocking& blocking,
             PhaseTimes& times);
  void update(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& when);
  void update_streamed(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& when);
  void note_step(const StepTime& when, const std::string& where);
  void fill(const Sweep& sweep, int brick, const grid::Box& cells, const grid::Index& end,
            const StepTime& when);
  template <class F>
  void for_each_image(int brick, const grid::Box& cells, F f) const;
  template <class F>
  void guarded(F call);

  const transport::Communicator* comm_;
  const solver::Solver* solver_;
  const partition::Partition* partition_;
  grid::Geometry geometry_;
  BlockingLimits limits_;
  field::FieldStore* store_;
  halo::SharedFields* shared_;
  PatchTable patches_;
  StageGuard guard_;
  const std::vector<int>* boundary_levels_ = nullptr;  // advances at which custom boundaries see the fields
  halo::GhostFill ghosts_;
  bool fills_;  // whether any ghost cells are filled without an exchange
  std::vector<std::unique_ptr<Block>> stages_;
  std::map<int, std::unique_ptr<Block>> blocks_;  // by number of steps
  int next_tag_ = 1;
  halo::HaloExchange* last_exchange_ = nullptr;
  base::Buffer scratch_;
  const base::FailPoints* faults_ = nullptr;
  const std::int64_t* step_ = nullptr;
  std::optional<base::Error> failure_;
};

}  // namespace tessera::loop
