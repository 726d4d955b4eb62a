// The loop over the steps of a grid job.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "grid/input/data_sets.h"
#include "grid/loop/agreement.h"
#include "grid/loop/balancer.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/diagnostic_table.h"
#include "grid/loop/loop_report.h"
#include "grid/loop/loop_state.h"
#include "grid/loop/occasions.h"
#include "grid/loop/outputs.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/time_steps.h"
#include "grid/loop/tuner.h"
#include "grid/solver/solver.h"
#include "machine/topology.h"
#include "work/work.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tessera::loop {

/// Owns the fields of this rank and everything else that depends on the ranks. Begins with begin(), or with
/// restore() after the state and constant fields have been filled; then advance() until done:
///
///   GridLoop loop{comm, solver, job, outputs};
///   loop.begin();
///   while (!loop.advance({}).done) {}
///
/// Every function but the accessors is collective and throws transport::AgreedError on all ranks.
class GridLoop {
 public:
  /// Partitions the domain and allocates the fields, which hold zeros. All arguments must outlive it;
  /// `solver` is configured; `faults` may be nullptr. @note Collective over `comm`.
  GridLoop(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
           Outputs& outputs, const base::FailPoints* faults = nullptr);
  GridLoop(const GridLoop&) = delete;
  GridLoop& operator=(const GridLoop&) = delete;

  /// Computes the initial state and writes the outputs that are due at the start. `data_sets`: those of the
  /// job that this process has read already. @note Collective.
  void begin(input::DataSets data_sets = input::DataSets{});
  /// Continues from `state` instead, whose fields store() holds already: state and constant fields as they
  /// were, the others with their defaults. `costs`: measured costs of this rank's chunks. @note Collective.
  void restore(const LoopState& state, std::span<const balance::ChunkCost> costs);

  /// Takes one time tile, or less if something is due earlier, and writes the outputs that are due after it;
  /// after the last step also those that are due at the end. @note Collective.
  work::Point advance(const work::Until& until);

  /// Verifies that no rank has failed and that the state is finite, before the caller saves it. The time
  /// until the next call counts as that of a checkpoint. @note Collective.
  void prepare_save();

  /// How the loop went so far. @note Collective.
  const LoopReport& report();

  LoopState state() const { return {steps_.state(), report_.first_diagnostics, probes().states()}; }
  work::Point point() const;
  /// Measured costs of this rank's chunks, seconds per step.
  std::span<const balance::ChunkCost> costs() const { return balancer_->costs().costs(); }
  const partition::Partition& partition() const { return fields_->partition(); }
  const field::FieldStore& store() const { return fields_->store(); }
  field::FieldStore& store() { return fields_->store(); }
  const Decomposition& decomposition() const { return *fields_; }
  const ProbeSet& probes() const { return *probes_; }

 private:
  std::int64_t step() const { return steps_.state().step; }
  double time() const { return steps_.state().time; }
  Instant instant() const { return {store(), probes(), step(), time()}; }
  Stepper& stepper() const { return fields_->stepper(); }

  std::unique_ptr<Decomposition> decompose(std::unique_ptr<partition::Partition> partition) const;
  void start();
  void connect();
  void ask_stable_dt();
  std::int64_t steps_until_due(std::int64_t until) const;
  void plan_tile(std::int64_t most, std::int64_t until);
  void plan_steps(std::int64_t count);
  void take_tile(std::int64_t until);
  void take_measured_step(std::int64_t until);
  void move_to(std::unique_ptr<partition::Partition> partition);
  void agree(unsigned requests);
  void note_steps();
  void settle();
  void check_health() const;
  void write_due(bool last);
  void write_diagnostics();
  void write_probes();
  void write_fields(unsigned due);
  void finish();
  void fill_report();
  void stop_save_watch();
  void reach(const char* point);

  const transport::Communicator* comm_;
  const solver::Solver* solver_;
  const grid::JobSpec* job_;
  Outputs* outputs_;
  const base::FailPoints* faults_;
  std::vector<int> nodes_;  // of each rank
  machine::Topology topology_;

  TimeSteps steps_;
  Occasions occasions_;
  Agreement agreement_;
  DiagnosticTable table_;
  std::optional<ProbeSet> probes_;
  std::int64_t longest_ = 0;  // steps that can follow each other without anything being due
  std::unique_ptr<Decomposition> fields_;
  std::optional<Balancer> balancer_;
  std::optional<Tuner> tuner_;

  std::vector<Step> tile_;            // the steps to take next
  std::vector<StepTime> tile_times_;  // when they begin
  unsigned requests_ = 0;             // agreed on in the last advance()
  bool done_ = false;

  std::optional<base::Stopwatch> watch_;       // since the first advance()
  std::optional<base::Stopwatch> save_watch_;  // since prepare_save()
  PhaseTimes phases_;
  halo::Traffic past_traffic_;  // before the last migration
  LoopReport report_;
};

}  // namespace tessera::loop
