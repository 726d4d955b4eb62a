#include "driver/attempt.h"

#include "base/stopwatch.h"
#include "driver/health.h"
#include "driver/initial_state.h"
#include "reduction/reducer.h"
#include "transport/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tessera::driver {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// What a rank adds to the agreement of each step: its number when it has failed, else this minus a mask
// of what is due by the wall clock, which rank 0 alone sets. The minimum carries both.
constexpr std::int64_t all_well = std::int64_t{1} << 40;

enum WallSchedule : unsigned {
  diagnostics_bit = 1,
  health_bit = 2,
  probes_bit = 4,
  fields_bit = 8,
  images_bit = 16
};

transport::AgreedError time_step_error(const std::string& problem, const std::string& hint) {
  return transport::AgreedError{base::Error{base::ExitCode::internal, problem, hint}};
}

}  // namespace

grid::ChunkLayout layout_of(const job::JobSpec& job, const job::SolverSchema& schema) {
  return {job.geometry.cells,
          job.chunk.value_or(grid::ChunkLayout::default_chunk(job.geometry.cells, job.geometry.dimensions)),
          schema.radius()};
}

Attempt::Attempt(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job)
    : comm_{&comm},
      solver_{&solver},
      job_{&job},
      diagnostics_{solver.schema(), job.geometry},
      pending_{comm},
      diagnostics_schedule_{job.diagnostics_every},
      health_schedule_{job.health_every},
      probe_schedule_{job.probes.every},
      field_schedule_{job.output.every},
      image_schedule_{job.output.images_every} {
  const auto method =
      job.partitioner == job::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
  transport::collectively(comm, [&] {
    const grid::ChunkLayout layout = layout_of(job, solver.schema());
    partition_ = partition::make_partition(method, layout, comm.size());
    std::vector<grid::Box> bricks;
    for (const grid::Box& b : partition_->bricks(comm.rank())) bricks.push_back(layout.cells_of(b));
    store_ = std::make_unique<field::FieldStore>(field_specs(solver.schema()), std::move(bricks),
                                                 job.geometry.dimensions);
    fill_initial(job, solver.schema(), *store_);
    PatchTable patches{solver, *store_};
    for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
      solver.initialize(patches.for_initialize(static_cast<int>(b)),
                        region_of({{}, store_->bricks()[b].extents()}), 0.0);
    }
  });
  stepper_ = std::make_unique<Stepper>(comm, solver, job, *partition_, *store_);
  stepper_->prepare(0.0);
  stepper_->derive(0.0);
  transport::agree(comm, stepper_->failure());
  try {
    probes_ = std::make_unique<ProbeSet>(comm, job, solver.schema(), *store_);
  } catch (const base::Error& e) {
    throw transport::AgreedError{e};  // thrown alike on all ranks
  }
  check_health(comm, solver.schema(), partition_->layout(), *store_, 0, 0.0);
}

StateView Attempt::view() const {
  return {*comm_, *job_, solver_->schema(), *partition_, *store_, probes_->records(), step_, time_};
}

Attempt::NextStep Attempt::next_fixed_step() {
  const double dt = *job_->time.dt;
  const double left = job_->time.end - time_;
  // A last step that differs from dt by rounding alone ends the run, rather than a sliver after it.
  if (left <= dt * (1.0 + 1e-9)) return {left, job_->time.end};
  return {dt, static_cast<double>(step_ + 1) * dt};  // a product does not drift
}

Attempt::NextStep Attempt::next_step() {
  if (job_->time.dt) return next_fixed_step();
  const double end = job_->time.end;
  base::Stopwatch watch;
  // Without local_dt the answer depends on the grid alone; idle ranks have no cells to ask about.
  if (solver_->schema().local_dt || !stable_dt_) {
    stable_dt_ = reduction::global_minimum(*comm_, stepper_->stable_dt(time_));
  }
  const double stable = *stable_dt_;
  outcome_.phases[Phase::time_step] += watch.lap();
  if (!(stable > 0.0)) {
    settle();
    throw time_step_error(
        fmt::format("the solver's stable time step is {} at step {}, t = {:.6g} s", stable, step_, time_),
        "the fields may have become meaningless; lower `cfl`, or set `dt` in [time]");
  }
  const double dt = stable * job_->time.cfl;
  if (dt == infinity && end == infinity) {
    throw time_step_error("nothing limits the time step", "set `dt` or `end` in [time]");
  }
  const double target = std::min({end, field_schedule_.next_time(), image_schedule_.next_time()});
  const double left = target - time_;
  if (dt >= left) return {left, target};
  const double even = 2.0 * dt > left ? 0.5 * left : dt;  // two equal steps rather than a sliver
  if (time_ + even == time_) {
    settle();
    throw time_step_error(
        fmt::format("the time step has become too small to advance: {:.3g} s at t = {:.6g} s", even, time_),
        "the fields may have become meaningless; look at the last output");
  }
  return {even, time_ + even};
}

/// Waits for the agreement on the step before; whether no rank had failed in it.
bool Attempt::finish_agreement() {
  if (!pending_.started()) return true;
  const std::int64_t smallest = pending_.finish();
  if (smallest <= all_well / 2) return false;
  wall_due_ |= static_cast<unsigned>(all_well - smallest);
  return true;
}

/// Throws what any rank has failed with so far.
void Attempt::settle() {
  finish_agreement();
  transport::agree(*comm_, stepper_->failure());
}

void Attempt::evaluate_diagnostics(Observer& observer) {
  base::Stopwatch watch;
  stepper_->derive(time_);
  settle();
  const std::vector<double>& values = diagnostics_.evaluate(*comm_, *store_);
  if (step_ == 0) outcome_.first_diagnostics = values;
  outcome_.diagnostics = values;
  observer.diagnostics(view(), values);
  outcome_.phases[Phase::diagnostics] += watch.lap();
}

void Attempt::report_due(Observer& observer, bool last) {
  const unsigned wall = std::exchange(wall_due_, 0u);
  const auto due = [&](Schedule& schedule, unsigned bit) {
    const bool now = schedule.due(step_, time_);
    if (step_ == 0) return schedule.at_start();
    return now || (wall & bit) != 0 || (last && schedule.at_end());
  };
  base::Stopwatch watch;
  if (due(health_schedule_, health_bit)) {
    settle();
    check_health(*comm_, solver_->schema(), partition_->layout(), *store_, step_, time_);
    outcome_.phases[Phase::diagnostics] += watch.lap();
  }
  if (due(diagnostics_schedule_, diagnostics_bit)) evaluate_diagnostics(observer);
  watch.lap();
  if (due(probe_schedule_, probes_bit) && !probes_->empty()) {
    settle();
    probes_->sample(*comm_, *stepper_, *store_, time_);
    observer.probes(view(), *probes_);
    outcome_.phases[Phase::probes] += watch.lap();
  }
  const bool fields = due(field_schedule_, fields_bit);
  const bool images = due(image_schedule_, images_bit);
  if (fields || images) {
    stepper_->derive(time_);
    settle();
    if (fields) observer.fields(view());
    if (images) observer.images(view());
    outcome_.phases[Phase::output] += watch.lap();
  }
}

RunOutcome Attempt::run(Observer& observer) {
  observer.started(view());
  report_due(observer, false);
  outcome_.phases = {};
  outcome_.smallest_dt = infinity;
  wall_ = {};
  base::Stopwatch loop;
  const auto finished = [&] { return time_ >= job_->time.end || step_ >= job_->time.max_steps; };
  while (!finished()) {
    const auto [dt, end] = next_step();
    stepper_->step(time_, dt, outcome_.phases);
    ++step_;
    time_ = end;
    outcome_.smallest_dt = std::min(outcome_.smallest_dt, dt);
    outcome_.largest_dt = std::max(outcome_.largest_dt, dt);

    // The ranks agree on a step while the next one runs: a failure shows one step late, and costs none.
    base::Stopwatch watch;
    if (!finish_agreement()) transport::agree(*comm_, stepper_->failure());
    std::int64_t say = all_well;
    if (stepper_->failure()) {
      say = comm_->rank();
    } else if (comm_->root()) {
      const double now = wall_.seconds();
      unsigned mask = 0;
      if (diagnostics_schedule_.wall_due(now)) mask |= diagnostics_bit;
      if (health_schedule_.wall_due(now)) mask |= health_bit;
      if (probe_schedule_.wall_due(now)) mask |= probes_bit;
      if (field_schedule_.wall_due(now)) mask |= fields_bit;
      if (image_schedule_.wall_due(now)) mask |= images_bit;
      say -= mask;
    }
    pending_.start(say);
    outcome_.phases[Phase::agreement] += watch.lap();

    observer.stepped(view(), dt);
    if (!finished()) report_due(observer, false);
  }
  settle();
  outcome_.loop_seconds = loop.seconds();
  outcome_.steps = step_;
  outcome_.time = time_;
  outcome_.bytes_sent = stepper_->bytes_sent_per_step() * step_;
  outcome_.field_bytes = store_->bytes();
  const PhaseTimes loop_phases = outcome_.phases;

  check_health(*comm_, solver_->schema(), partition_->layout(), *store_, step_, time_);
  if (step_ > 0) report_due(observer, true);
  outcome_.phases = loop_phases;
  outcome_.digests = field_digests(*comm_, solver_->schema(), *store_, job_->geometry.cells);
  return outcome_;
}

}  // namespace tessera::driver
