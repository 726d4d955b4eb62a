// One launch of a grid job, from its initial state to its end.
#pragma once

#include "base/stopwatch.h"
#include "driver/diagnostic_table.h"
#include "driver/observer.h"
#include "driver/schedule.h"
#include "driver/stepper.h"
#include "partition/partition.h"
#include "plugin/solver.h"
#include "transport/pending_minimum.h"

#include <memory>
#include <optional>

namespace tessera::driver {

/// The chunk layout of a job: from the job, or from the domain and the widest stencil alone; never from the
/// rank count.
grid::ChunkLayout layout_of(const job::JobSpec& job, const job::SolverSchema& schema);

/// Owns everything that depends on the ranks: partition, fields, exchanges. Built from a communicator
/// and the job's initial state; can be destroyed and built again on another communicator.
class Attempt {
 public:
  /// Allocates and initialises the fields. `comm`, `solver` (configured) and `job` must outlive it.
  /// Throws transport::AgreedError on all ranks. @note Collective over `comm`.
  Attempt(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job);

  /// Runs to the end. Throws transport::AgreedError on all ranks. @note Collective.
  RunOutcome run(Observer& observer);

  const partition::Partition& partition() const { return *partition_; }
  const field::FieldStore& store() const { return *store_; }

 private:
  /// A step to take: its length and the time at which it ends.
  struct NextStep {
    double dt;
    double end;
  };
  StateView view() const;
  NextStep next_step();
  NextStep next_fixed_step();
  void report_due(Observer& observer, bool last);
  bool finish_agreement();
  void settle();
  void evaluate_diagnostics(Observer& observer);

  const transport::Communicator* comm_;
  const plugin::Solver* solver_;
  const job::JobSpec* job_;
  std::unique_ptr<partition::Partition> partition_;
  std::unique_ptr<field::FieldStore> store_;
  std::unique_ptr<Stepper> stepper_;
  std::unique_ptr<ProbeSet> probes_;
  DiagnosticTable diagnostics_;
  transport::PendingMinimum pending_;

  Schedule diagnostics_schedule_;
  Schedule health_schedule_;
  Schedule probe_schedule_;
  Schedule field_schedule_;
  Schedule image_schedule_;
  base::Stopwatch wall_;
  unsigned wall_due_ = 0;  // bit n: schedule n is due by rank 0's wall clock

  std::int64_t step_ = 0;
  double time_ = 0.0;
  std::optional<double> stable_dt_;
  RunOutcome outcome_;
};

}  // namespace tessera::driver
