// Load balancing in the course of a run.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/loop/balancer.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/phases.h"
#include "grid/loop/step_time.h"
#include "transport/communicator.h"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace tessera::loop {

/// Takes measured steps when they are due, and moves chunks if that pays.
class Balancing {
 public:
  /// All arguments but `partition` must outlive it.
  Balancing(const transport::Communicator& comm, const grid::JobSpec& job,
            const partition::Partition& partition)
      : comm_{&comm}, balancer_{comm, job, partition} {}

  /// Whether the next step is to be a measured one.
  bool due(std::int64_t step) const { return balancer_.active() && balancer_.steps_left(step) == 0; }
  /// Steps from `step` to the next measured one, at least 1; a very large number if there is none.
  std::int64_t steps_left(std::int64_t step) const;

  /// Notes that this rank took `steps` steps in `seconds`, as measured steps are compared with usual ones.
  void note_usual(std::int64_t steps, double seconds);

  /// Takes step number `step` chunk by chunk and measures each; returns the seconds that it took this rank.
  /// @note As Stepper::measure().
  double measure(Decomposition& fields, const StepTime& step, PhaseTimes& phases);
  /// After measure(), which took `measured` seconds: the partition to move to, or nullptr. @note Collective.
  std::unique_ptr<partition::Partition> evaluate(const Decomposition& fields, std::int64_t step,
                                                 double measured);

  /// Sends the fields and the costs of chunks to their new owners; returns the costs of this rank's chunks.
  /// @note Collective.
  balance::CostTable migrate(const Decomposition& from, Decomposition& to) const;
  /// After migrate(): `costs` as it returned them; `seconds` in which this rank moved. @note Collective.
  void finish_migration(balance::CostTable costs, double seconds) {
    balancer_.migrated(std::move(costs), seconds);
  }

  /// Measured costs of this rank's chunks, seconds per step.
  std::span<const balance::ChunkCost> costs() const { return balancer_.costs().costs(); }
  /// Takes over costs that were measured earlier.
  void restore(std::span<const balance::ChunkCost> costs) { balancer_.import(costs); }

  const BalanceReport& report() const { return balancer_.report(); }

 private:
  const transport::Communicator* comm_;
  Balancer balancer_;
  double usual_seconds_ = 0.0;  // per step, moving average
};

}  // namespace tessera::loop
