// Takes one step on the bricks of this rank.
#pragma once

#include "base/error.h"
#include "driver/patch_table.h"
#include "driver/phases.h"
#include "driver/step_plan.h"
#include "halo/boundary_fill.h"

#include <optional>
#include <vector>

namespace tessera::driver {

/// Runs the stages of a step: refresh ghost cells, compute the interior while messages fly, then the
/// rest. Owns the exchanges. Allocates nothing after the first step.
///
/// A solver that fails on one rank must not leave the others waiting: the rank goes on exchanging, calls
/// its solver no more, and keeps the error for the ranks to agree on.
class Stepper {
 public:
  /// @note Collective over `comm`, which must outlive the stepper, as must the other arguments.
  Stepper(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job,
          const partition::Partition& partition, field::FieldStore& store);
  Stepper(const Stepper&) = delete;
  Stepper& operator=(const Stepper&) = delete;

  /// Fills the ghost cells of fields that no stage writes. Once, after the fields have been initialised.
  /// @note Collective.
  void prepare(double time);

  /// Advances all fields from `time` by `dt`. @note Collective in the sense that every rank must call it.
  void step(double time, double dt, PhaseTimes& times);

  /// The largest stable step of this rank's cells; +infinity without any. No communication.
  double stable_dt(double time);

  /// Computes the derived fields of all owned cells.
  void derive(double time);
  /// Computes the derived fields of one cell (local indices of a brick).
  void derive_cell(int brick, const grid::Index& cell, double time);

  /// What the solver failed with on this rank.
  const std::optional<base::Error>& failure() const { return failure_; }

  /// Bytes this rank sends in a step.
  std::int64_t bytes_sent_per_step() const;

 private:
  struct StageWork {
    StagePlan plan;
    std::optional<halo::HaloExchange> exchange;
    std::vector<grid::Box> interior;          // by brick, local
    std::vector<std::vector<grid::Box>> rim;  // by brick, local
  };

  void fill_boundaries(const std::vector<halo::HaloField>& fields, double time);
  void update(const StagePlan& plan, int brick, const grid::Box& cells, double time, double dt);
  template <class F>
  void guarded(F call);

  const transport::Communicator* comm_;
  const plugin::Solver* solver_;
  const partition::Partition* partition_;
  std::array<bool, 3> periodic_;
  field::FieldStore* store_;
  PatchTable patches_;
  halo::BoundaryFill boundary_;
  std::vector<StageWork> stages_;
  std::optional<base::Error> failure_;
};

}  // namespace tessera::driver
