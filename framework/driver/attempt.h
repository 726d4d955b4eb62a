// One launch of a grid job, from its initial state to its end.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "driver/balancer.h"
#include "driver/decomposition.h"
#include "driver/diagnostic_table.h"
#include "driver/observer.h"
#include "driver/run_control.h"
#include "driver/schedule.h"
#include "driver/starting_point.h"
#include "driver/tuner.h"
#include "plugin/solver.h"
#include "transport/pending_minimum.h"

#include <memory>
#include <optional>

namespace tessera::driver {

/// The chunk layout of a job: from the job, or from the domain and the widest stencil alone; never from the
/// rank count.
grid::ChunkLayout layout_of(const job::JobSpec& job, const job::SolverSchema& schema);

/// What a run may be given besides its job; each may be nullptr.
struct AttemptOptions {
  StartingPoint* from = nullptr;             ///< else the initial state
  const base::FailPoints* faults = nullptr;  ///< must outlive the attempt
};

/// Owns everything that depends on the ranks: partition, fields, exchanges. Built from a communicator
/// and the job's initial state; can be destroyed and built again on another communicator.
class Attempt {
 public:
  /// Allocates and initialises the fields. `comm`, `solver` (configured) and `job` must outlive it.
  /// Throws transport::AgreedError on all ranks. @note Collective over `comm`.
  Attempt(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job,
          const AttemptOptions& options = {});

  /// Runs to the end, or until `control` asks it to stop. Throws transport::AgreedError on all ranks.
  /// @note Collective.
  RunOutcome run(Observer& observer, RunControl* control = nullptr);

  /// What the observer must know of the run that it goes on with; nothing for one that begins.
  const std::optional<checkpoint::RunState>& resumed() const { return resumed_; }

  const partition::Partition& partition() const { return decomposition_->partition(); }
  const field::FieldStore& store() const { return decomposition_->store(); }
  const Decomposition& decomposition() const { return *decomposition_; }
  const machine::Topology& topology() const { return topology_; }

 private:
  /// A step to take: when it begins, its length, and the time at which it ends.
  struct NextStep {
    StepTime begin;
    double end;
  };
  StateView view() const;
  Stepper& stepper() const { return decomposition_->stepper(); }
  bool finished(std::int64_t step, double time) const;
  bool anything_due(std::int64_t step, double time) const;
  std::int64_t steps_until_due() const;
  void plan_block(std::int64_t most);
  double stable_step();
  NextStep next_step(std::int64_t step, double time);
  NextStep next_fixed_step(std::int64_t step, double time) const;
  void start_agreement();
  void take_block(Tuner& tuner);
  void take_measured_step(Tuner& tuner);
  void move_to(std::unique_ptr<partition::Partition> partition, Tuner& tuner);
  void report_due(Observer& observer, bool last);
  void go_on_from(const StartingPoint::State& state);
  void reach(const char* point);
  void make_checkpoint(Observer& observer, bool last, bool local);
  checkpoint::RunState run_state() const;
  bool finish_agreement();
  void settle();
  void evaluate_diagnostics(Observer& observer);

  const transport::Communicator* comm_;
  const plugin::Solver* solver_;
  const job::JobSpec* job_;
  std::vector<int> nodes_;  // of each rank
  machine::Topology topology_;
  std::unique_ptr<Decomposition> decomposition_;
  std::unique_ptr<Balancer> balancer_;
  double usual_seconds_ = 0.0;  // of a step, moving average
  Stepper::Traffic past_traffic_;
  std::unique_ptr<ProbeSet> probes_;
  DiagnosticTable diagnostics_;
  transport::PendingMinimum pending_;

  std::int64_t longest_ = 0;  // steps that can follow each other without anything being due
  Schedule diagnostics_schedule_;
  Schedule health_schedule_;
  Schedule probe_schedule_;
  Schedule field_schedule_;
  Schedule image_schedule_;
  Schedule checkpoint_schedule_;
  base::Stopwatch wall_;
  unsigned wall_due_ = 0;  // bit n: schedule n is due by rank 0's wall clock, or was asked for
  unsigned own_due_ = 0;   // of these, what this rank has said and not yet heard back
  RunControl* control_ = nullptr;
  const base::FailPoints* faults_ = nullptr;
  std::optional<checkpoint::RunState> resumed_;

  std::int64_t step_ = 0;
  double time_ = 0.0;
  std::optional<double> stable_dt_;
  std::int64_t stable_asked_at_ = 0;  // step
  double held_dt_ = 0.0;              // the longest step taken since
  std::vector<NextStep> block_;       // the steps to take next
  std::vector<StepTime> block_times_;
  RunOutcome outcome_;
};

}  // namespace tessera::driver
