// The time loop of a grid job.
#pragma once

#include "base/fail_points.h"
#include "base/stopwatch.h"
#include "grid/input/data_sets.h"
#include "grid/loop/agreement.h"
#include "grid/loop/balancer.h"
#include "grid/loop/decomposition.h"
#include "grid/loop/diagnostic_table.h"
#include "grid/loop/event_schedule.h"
#include "grid/loop/growth_watch.h"
#include "grid/loop/loop_report.h"
#include "grid/loop/loop_state.h"
#include "grid/loop/outputs.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/region_set.h"
#include "grid/loop/statistic_set.h"
#include "grid/loop/time_steps.h"
#include "grid/loop/transect_set.h"
#include "grid/loop/tuner.h"
#include "grid/solver/solver.h"
#include "machine/topology.h"
#include "work/work.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tessera::loop {

/// Advances a grid job in time. Owns the fields of this rank and all other data that depend on the
/// decomposition. Call begin(), or fill the state and constant fields and call restore(); then call advance()
/// until it returns a point with `done` set:
///
///   GridLoop loop{comm, solver, job, outputs};
///   loop.begin();
///   while (!loop.advance({}).done) {}
///
/// All functions except the accessors are collective. If they fail, they throw transport::AgreedError on all
/// ranks.
class GridLoop {
 public:
  /// Partitions the domain and allocates the fields, initialised to zero. `solver` must be configured;
  /// `faults`: the faults to inject, or nullptr. All arguments must outlive the loop. @note Collective over
  /// `comm`.
  GridLoop(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
           Outputs& outputs, const base::FailPoints* faults = nullptr);
  GridLoop(const GridLoop&) = delete;
  GridLoop& operator=(const GridLoop&) = delete;

  /// Computes the initial state and writes the outputs that are due at the start of the run. `data_sets`: the
  /// data sets of the job that this process has already read. @note Collective.
  void begin(input::DataSets data_sets = input::DataSets{});
  /// Resumes from `state`. store() must already contain the fields: state and constant fields as saved, the
  /// statistics that statistics() has in common with `state` as saved, and all others with their defaults.
  /// The other statistics of the job start with this state, and are reported to the outputs. `costs`:
  /// measured costs of this rank's chunks, in seconds per step.
  /// @note Collective.
  void restore(const LoopState& state, std::span<const balance::ChunkCost> costs);

  /// Computes one time tile, shortened if an event is due earlier, or one step that is measured for load
  /// balancing. Then writes the outputs that are due; after the last step, these include the outputs that are
  /// due at the end of the run. `options`: see work::AdvanceOptions. Returns the point reached.
  /// @note Collective.
  work::SafePoint advance(const work::AdvanceOptions& options);

  /// Verifies that no rank has failed and that the state is finite. Must be called before the state is saved.
  /// The time until the next advance() or report() is charged to the checkpoint phase. @note Collective.
  void prepare_save();

  /// Returns the statistics of the loop so far. @note Collective.
  const LoopReport& report();

  LoopState state() const {
    return {time_steps_.state(), report_.first_diagnostics, probes().saved(), growth_watch_.rises(),
            statistics_.saved()};
  }
  work::SafePoint point() const;
  /// Measured costs of this rank's chunks, in seconds per step.
  std::span<const balance::ChunkCost> costs() const { return balancer_->costs().costs(); }
  const partition::Partition& partition() const { return decomposition_->partition(); }
  const field::FieldStore& store() const { return decomposition_->store(); }
  field::FieldStore& store() { return decomposition_->store(); }
  const Decomposition& decomposition() const { return *decomposition_; }
  const ProbeSet& probes() const { return *probes_; }
  const StatisticSet& statistics() const { return statistics_; }

 private:
  std::int64_t step() const { return time_steps_.state().step; }
  double time() const { return time_steps_.state().time; }
  StateView view() const { return {store(), probes(), step(), time()}; }
  Stepper& stepper() const { return decomposition_->stepper(); }

  std::unique_ptr<Decomposition> decompose(std::unique_ptr<partition::Partition> partition) const;
  void set_up(const std::vector<SavedProbe>& saved_probes);
  void prepare_stepper();
  void update_stable_dt();
  std::int64_t steps_until_due(std::int64_t until) const;
  void plan_tile(std::int64_t max_steps, std::int64_t until);
  void plan_steps(std::int64_t count);
  void compute_tile(std::int64_t until);
  void compute_measured_step(std::int64_t until);
  void migrate_to(std::unique_ptr<partition::Partition> partition);
  void agree(unsigned requests);
  void record_steps();
  void check_failures();
  void check_health() const;
  void check_fixed_dt();
  void warn_of_rest(double stable_dt);
  void write_due_outputs(bool run_ends);
  void sample_statistics();
  void write_diagnostics();
  void write_probes();
  void write_fields(unsigned due);
  void finish();
  void fill_report();
  void stop_save_watch();
  void inject_faults(const char* point);

  const transport::Communicator* comm_;
  const solver::Solver* solver_;
  const grid::JobSpec* job_;
  Outputs* outputs_;
  const base::FailPoints* faults_;
  std::vector<int> nodes_;  // node of each rank; see Communicator::node_leaders()
  machine::Topology topology_;

  TimeSteps time_steps_;
  EventSchedule event_schedule_;
  Agreement agreement_;
  DiagnosticTable diagnostic_table_;
  GrowthWatch growth_watch_;
  StatisticSet statistics_;
  std::optional<ProbeSet> probes_;
  RegionSet regions_;
  TransectSet transects_;
  std::int64_t max_tile_steps_ = 0;  // largest number of steps per time tile that the job's cadences allow
  std::unique_ptr<Decomposition> decomposition_;
  std::optional<Balancer> balancer_;
  std::optional<Tuner> tuner_;

  std::vector<Step> tile_steps_;      // steps of the current time tile
  std::vector<StepTime> tile_times_;  // their start times and lengths
  unsigned requests_ = 0;             // requests agreed on in the last advance()
  bool done_ = false;
  bool warned_of_fixed_dt_ = false;
  bool warned_of_rest_ = false;

  std::optional<base::Stopwatch> loop_watch_;  // started by the first advance()
  std::optional<base::Stopwatch> save_watch_;  // started by prepare_save()
  PhaseTimes phases_;
  halo::Traffic past_traffic_;  // traffic before the last migration
  LoopReport report_;
};

}  // namespace tessera::loop
