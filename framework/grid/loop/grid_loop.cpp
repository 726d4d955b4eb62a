#include "grid/loop/grid_loop.h"

#include "base/error.h"
#include "grid/balance/migrate.h"
#include "grid/loop/fixed_dt.h"
#include "grid/loop/health.h"
#include "grid/loop/initial_state.h"
#include "reduction/reducer.h"
#include "transport/agreement.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Limit on the time spent on autotuning at the start of an attempt, in seconds.
constexpr double max_tuning_seconds = 2.0;
/// Limit on the number of steps spent on autotuning: the remaining steps divided by this number.
constexpr std::int64_t tuning_divisor = 4;

}  // namespace

GridLoop::GridLoop(const transport::Communicator& comm, const solver::Solver& solver,
                   const grid::JobSpec& job, Outputs& outputs, const base::FailPoints* faults)
    : comm_{&comm},
      solver_{&solver},
      job_{&job},
      outputs_{&outputs},
      faults_{faults},
      nodes_{comm.node_leaders()},
      topology_{machine::read_topology()},
      time_steps_{job.time, solver.schema().local_dt},
      event_schedule_{job},
      agreement_{comm},
      diagnostic_table_{solver.schema(), job.geometry},
      growth_watch_{solver.schema().diagnostics},
      statistics_{job, solver.schema()},
      regions_{job, solver.schema()},
      transects_{job, solver.schema()} {
  std::unique_ptr<partition::Partition> partition;
  transport::collectively(comm, [&] { partition = initial_partition(job, solver.schema(), comm.size()); });
  max_tile_steps_ = max_steps_per_tile(job, solver.schema().local_dt);
  balancer_.emplace(comm, job, *partition);
  decomposition_ = decompose(std::move(partition));
}

std::unique_ptr<Decomposition> GridLoop::decompose(std::unique_ptr<partition::Partition> partition) const {
  return std::make_unique<Decomposition>(*comm_, *solver_, *job_, std::move(partition), topology_,
                                         max_tile_steps_);
}

void GridLoop::begin(input::DataSets data_sets) {
  set_initial_state(*comm_, *solver_, *job_, decomposition_->store(), std::move(data_sets));
  set_up({});
  check_health();
  write_due_outputs(false);
}

void GridLoop::restore(const LoopState& state, std::span<const balance::ChunkCost> costs) {
  time_steps_.restore(state.steps);
  event_schedule_.skip_to(time());
  balancer_->import(costs);
  set_up(state.probes);
  // Another version of the solver, which the user has accepted, may have other diagnostics.
  if (state.first_diagnostics.size() == solver_->schema().diagnostics.size())
    report_.first_diagnostics = state.first_diagnostics;
  growth_watch_.restore(state.rises);
  check_health();
  for (const std::string& name : statistics_.resume(state.statistics, store(), time())) {
    outputs_->on_warning(
        fmt::format("the statistic `{}` starts at step {}, t = {:.6g} s", name, step(), time()),
        "the checkpoint has no statistic with this definition");
  }
  done_ = time_steps_.finished();
  if (!done_) return;
  report_.diagnostics = diagnostic_table_.evaluate(*comm_, store());
  fill_report();
}

/// Performs the set-up that depends on the values of the fields. @note Collective.
void GridLoop::set_up(const std::vector<SavedProbe>& saved_probes) {
  report_.first_step = step();
  prepare_stepper();
  stepper().derive(time());
  transport::agree(*comm_, stepper().failure());
  try {
    probes_.emplace(*comm_, *job_, solver_->schema(), store(), saved_probes);
    regions_.check_conditions(*comm_, store(), time());
  } catch (const base::Error& e) {
    throw transport::AgreedError{e};  // all ranks throw the same error
  }
  check_fixed_dt();
  tuner_.emplace(decomposition_->candidates(), max_tuning_seconds,
                 (job_->time.max_steps - step()) / tuning_divisor);
}

/// Prepares a new stepper. @note Collective.
void GridLoop::prepare_stepper() {
  stepper().set_faults(faults_, &time_steps_.state().step);
  stepper().prepare(0.0);
}

work::SafePoint GridLoop::point() const { return {step(), time(), done_, requests_}; }

work::SafePoint GridLoop::advance(const work::AdvanceOptions& options) {
  if (!loop_watch_) {
    loop_watch_.emplace();
    phases_ = {};
  }
  stop_save_watch();
  requests_ = 0;
  if (!time_steps_.finished()) {
    if (tuner_->done() && balancer_->active() && balancer_->steps_left(step()) == 0) {
      compute_measured_step(options.step);
    } else {
      compute_tile(options.step);
    }
    agree(options.requests);
    record_steps();
  }
  if (time_steps_.finished()) {
    finish();
  } else {
    write_due_outputs(false);
  }
  return point();
}

/// Number of steps until an event or a load-balance check is due by step number, the stable time step must be
/// computed again, the run ends, or step `until` is reached.
std::int64_t GridLoop::steps_until_due(std::int64_t until) const {
  const std::int64_t left =
      std::min({time_steps_.steps_left(), event_schedule_.steps_left(step()), until - step()});
  const std::int64_t steps_to_check = balancer_->active() ? balancer_->steps_left(step()) : 0;
  return steps_to_check > 0 ? std::min(left, steps_to_check) : left;
}

/// Computes the stable time step if the next steps need it. @note Collective.
void GridLoop::update_stable_dt() {
  if (!time_steps_.needs_stable_dt()) return;
  base::Stopwatch watch;
  const double stable = reduction::allreduce_min(*comm_, stepper().stable_dt(time()));
  phases_[Phase::time_step] += watch.lap();
  warn_of_rest(stable);
  time_steps_.set_stable_dt(stable);
}

/// Warns at the start if a stable time step that depends on the fields is infinite: the initial state, such
/// as one without any water, then has nothing to compute. `stable_dt`: the minimum over all ranks. @note
/// Collective.
void GridLoop::warn_of_rest(double stable_dt) {
  if (warned_of_rest_ || step() != 0 || !solver_->schema().local_dt ||
      stable_dt != std::numeric_limits<double>::infinity())
    return;
  transport::agree(*comm_, stepper().failure());  // which would explain it
  warned_of_rest_ = true;
  outputs_->on_warning(
      "nothing in the initial state limits the time step: the stable time step of the solver is infinite",
      "check [initial] and the signs of its data: all cells may be dry, or at rest");
}

/// Divides the steps_until_due() into time tiles of nearly equal length, with at most `max_steps` steps each,
/// and plans the first of them. @note Collective.
void GridLoop::plan_tile(std::int64_t max_steps, std::int64_t until) {
  const std::int64_t left = std::max<std::int64_t>(1, steps_until_due(until));
  max_steps = std::max<std::int64_t>(1, max_steps);
  const std::int64_t tiles = left / max_steps + (left % max_steps != 0 ? 1 : 0);
  try {
    update_stable_dt();
    plan_steps(left / tiles + (left % tiles != 0 ? 1 : 0));
  } catch (const base::Error& e) {
    check_failures();  // if a failed solver is the cause, its error is reported instead
    throw transport::AgreedError{e};
  }
}

/// Plans `count` steps, or fewer if the run ends or an event is due after one of them.
void GridLoop::plan_steps(std::int64_t count) {
  tile_steps_.clear();
  tile_times_.clear();
  std::int64_t step = this->step();
  double time = this->time();
  while (static_cast<std::int64_t>(tile_steps_.size()) < count) {
    const Step next = time_steps_.next(step, time, event_schedule_.next_target_time());
    tile_steps_.push_back(next);
    tile_times_.push_back(next.begin);
    ++step;
    time = next.end;
    if (time_steps_.finished(step, time) || event_schedule_.anything_due(step, time)) return;
  }
}

void GridLoop::compute_tile(std::int64_t until) {
  plan_tile(tuner_->tiling().steps, until);
  inject_faults("compute");
  base::Stopwatch watch;
  stepper().advance(tile_times_, tuner_->tiling(), phases_);
  double seconds = watch.seconds();
  const auto steps = static_cast<std::int64_t>(tile_steps_.size());
  balancer_->record_ordinary_steps(steps, seconds);
  if (tuner_->done()) return;
  comm_->allreduce_max(std::span<double>{&seconds, 1});
  tuner_->record(steps, seconds);
}

/// Computes one step chunk by chunk and measures the cost of each chunk, then migrates chunks if that pays
/// off. @note Collective.
void GridLoop::compute_measured_step(std::int64_t until) {
  plan_tile(1, until);
  inject_faults("compute");
  base::Stopwatch watch;
  stepper().advance_measured(tile_times_.front(), phases_, [this](std::int64_t chunk, double seconds) {
    balancer_->record(chunk, seconds);
  });
  const double measured_seconds = watch.lap();
  auto better_partition = balancer_->check(this->partition(), store(), step(), measured_seconds);
  if (better_partition) migrate_to(std::move(better_partition));
  phases_[Phase::balance] += watch.lap();
}

/// Migrates to `partition`. @note Collective.
void GridLoop::migrate_to(std::unique_ptr<partition::Partition> partition) {
  check_failures();
  inject_faults("migration");
  base::Stopwatch watch;
  std::unique_ptr<Decomposition> next = decompose(std::move(partition));
  balance::CostTable costs = balance::migrate(*comm_, this->partition(), store(), next->partition(),
                                              next->store(), balancer_->costs(), balancer_->speeds());
  past_traffic_ += stepper().traffic(nodes_);
  decomposition_ = std::move(next);
  prepare_stepper();
  // Keep the current tiling if it is a candidate for the new bricks.
  const std::vector<Tiling>& candidates = decomposition_->candidates();
  const auto found = std::find(candidates.begin(), candidates.end(), tuner_->tiling());
  tuner_->settle_on(found == candidates.end() ? candidates.front() : *found);
  balancer_->record_migration(std::move(costs), watch.seconds());
}

/// Completes the reduction of the agreement that overlapped with the last time tile, and starts the next
/// reduction. @note Collective.
void GridLoop::agree(unsigned requests) {
  base::Stopwatch watch;
  if (!agreement_.finish()) transport::agree(*comm_, stepper().failure());
  const bool failed = stepper().failure().has_value();
  const bool evaluates_clock = comm_->is_root() && !failed;
  agreement_.start(failed, evaluates_clock ? event_schedule_.due_by_wall_clock(loop_watch_->seconds()) : 0u,
                   requests);
  phases_[Phase::agreement] += watch.lap();
}

void GridLoop::record_steps() {
  for (const Step& next : tile_steps_) {
    time_steps_.record(next);
    outputs_->on_step(step(), time(), next.begin.dt);
  }
}

/// Throws on all ranks if any rank has failed so far. @note Collective.
void GridLoop::check_failures() {
  agreement_.finish();
  transport::agree(*comm_, stepper().failure());
}

void GridLoop::check_health() const {
  loop::check_health(*comm_, solver_->schema(), partition().layout(), store(), step(), time());
}

/// Compares a fixed time step with the stable one. If the latter does not depend on the fields, a longer step
/// is an error; otherwise it is reported once. @note Collective.
void GridLoop::check_fixed_dt() {
  const solver::SolverSchema& schema = solver_->schema();
  if (!job_->time.dt || !schema.has_dt || warned_of_fixed_dt_) return;
  const double stable = reduction::allreduce_min(*comm_, stepper().stable_dt(time()));
  transport::agree(*comm_, stepper().failure());
  warn_of_rest(stable);
  const auto error = fixed_dt_error(*job_->time.dt, stable);
  if (!error) return;
  if (!schema.local_dt) throw transport::AgreedError{*error};
  warned_of_fixed_dt_ = true;
  outputs_->on_warning(fmt::format("{}, at step {}", error->problem(), step()), error->hint());
}

/// Performs the health check and writes the outputs that are due at this step. @note Collective.
void GridLoop::write_due_outputs(bool run_ends) {
  const Agreement::Decision decision = agreement_.take_decision();
  if (!run_ends) requests_ = decision.requests;
  const unsigned due = event_schedule_.due(step(), time(), decision.events, run_ends);
  if ((due & health_due) != 0) {
    base::Stopwatch watch;
    check_failures();
    check_health();
    if (!run_ends) check_fixed_dt();
    phases_[Phase::diagnostics] += watch.lap();
  }
  if ((due & statistics_due) != 0) sample_statistics();
  if ((due & diagnostics_due) != 0) write_diagnostics();
  if ((due & probes_due) != 0) write_probes();
  if ((due & (fields_due | images_due)) != 0) write_fields(due);
}

void GridLoop::sample_statistics() {
  base::Stopwatch watch;
  if (statistics_.uses_derived_fields()) stepper().derive(time());
  if (!stepper().failure()) statistics_.sample(store(), time());
  phases_[Phase::statistics] += watch.lap();
}

void GridLoop::write_diagnostics() {
  base::Stopwatch watch;
  stepper().derive(time());
  check_failures();
  report_.diagnostics = diagnostic_table_.evaluate(*comm_, store());
  if (step() == 0) report_.first_diagnostics = report_.diagnostics;
  outputs_->on_diagnostics(view(), report_.diagnostics);
  for (const std::string& growth : growth_watch_.add(step(), report_.diagnostics)) {
    outputs_->on_warning(growth,
                         "the usual cause is too large a time step: lower `cfl` or `dt` in [time]; see "
                         "\"Unbounded growth\" in docs/results.md");
  }
  phases_[Phase::diagnostics] += watch.lap();
}

void GridLoop::write_probes() {
  base::Stopwatch watch;
  check_failures();
  if (!probes_->records().empty()) {
    probes_->sample(*comm_, stepper(), store(), time());
    outputs_->on_probes(view());
  }
  if (!transects_.empty()) {
    transects_.sample(*comm_, stepper(), store(), time());
    outputs_->on_transects(view(), transects_);
  }
  if (!regions_.empty()) {
    if (regions_.uses_derived_fields()) {
      stepper().derive(time());
      check_failures();
    }
    outputs_->on_regions(view(), regions_.columns(), regions_.evaluate(*comm_, store(), time()));
  }
  phases_[Phase::probes] += watch.lap();
}

void GridLoop::write_fields(unsigned due) {
  base::Stopwatch watch;
  stepper().derive(time());
  check_failures();
  if ((due & fields_due) != 0) outputs_->on_fields(view());
  if ((due & images_due) != 0) outputs_->on_images(view());
  phases_[Phase::output] += watch.lap();
}

/// Completes the run after its last step. @note Collective.
void GridLoop::finish() {
  check_failures();
  fill_report();
  check_health();
  if (step() > 0) write_due_outputs(true);
  done_ = true;
}

void GridLoop::prepare_save() {
  check_failures();
  save_watch_.emplace();
  check_health();
}

void GridLoop::stop_save_watch() {
  if (save_watch_) phases_[Phase::checkpoint] += save_watch_->seconds();
  save_watch_.reset();
}

const LoopReport& GridLoop::report() {
  if (done_) return report_;
  stop_save_watch();
  check_failures();
  fill_report();
  return report_;
}

void GridLoop::fill_report() {
  report_.steps = step();
  report_.time = time();
  report_.loop_seconds = loop_watch_ ? loop_watch_->seconds() : 0.0;
  report_.min_dt = time_steps_.state().min_dt;
  report_.max_dt = time_steps_.state().max_dt;
  report_.phases = phases_;
  report_.traffic = past_traffic_;
  report_.traffic += stepper().traffic(nodes_);
  report_.tiling = {tuner_->tiling(), tuner_->done(), tuner_->trials(), decomposition_->shares_memory(),
                    decomposition_->max_brick_extent()};
  report_.balance = balancer_->report();
  report_.field_bytes = store().bytes();
}

void GridLoop::inject_faults(const char* point) {
  stepper().inject_faults(point, static_cast<std::int64_t>(std::max<std::size_t>(tile_steps_.size(), 1)));
}

}  // namespace tessera::loop
