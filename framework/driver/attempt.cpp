#include "driver/attempt.h"

#include "balance/migrate.h"
#include "base/stopwatch.h"
#include "driver/health.h"
#include "driver/initial_state.h"
#include "partition/split_bricks.h"
#include "reduction/reducer.h"
#include "transport/agreement.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tessera::driver {

namespace {

/// How long the first steps may go on trying blockings.
constexpr double tuning_seconds = 2.0;
/// One of so many steps may go into it.
constexpr std::int64_t tuning_share = 4;

constexpr double infinity = std::numeric_limits<double>::infinity();

// What a rank adds to the agreement of each step: its number when it has failed, else this minus a mask
// of what is due by the wall clock, which rank 0 alone sets. The minimum carries both.
constexpr std::int64_t all_well = std::int64_t{1} << 40;

enum WallSchedule : unsigned {
  diagnostics_bit = 1,
  health_bit = 2,
  probes_bit = 4,
  fields_bit = 8,
  images_bit = 16,
  // Higher bits win where ranks say different things at a time; the others are said again.
  local_bit = 32,
  checkpoint_bit = 64,
  stop_bit = 128
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

Attempt::Attempt(const transport::Communicator& comm, const plugin::Solver& solver, const job::JobSpec& job,
                 const AttemptOptions& options)
    : comm_{&comm},
      solver_{&solver},
      job_{&job},
      nodes_{comm.node_numbers()},
      topology_{machine::read_topology()},
      diagnostics_{solver.schema(), job.geometry},
      pending_{comm},
      diagnostics_schedule_{job.diagnostics_every},
      health_schedule_{job.health_every},
      probe_schedule_{job.probes.every},
      field_schedule_{job.output.every},
      image_schedule_{job.output.images_every},
      checkpoint_schedule_{job.checkpoint.every.unit == job::Cadence::Unit::steps ? job.checkpoint.every
                                                                                  : job::Cadence{}},
      faults_{options.faults} {
  std::unique_ptr<partition::Partition> partition;
  transport::collectively(comm, [&] {
    const auto method =
        job.partitioner == job::Partitioner::sfc ? partition::Method::sfc : partition::Method::rcb;
    partition = partition::make_partition(method, layout_of(job, solver.schema()), comm.size());
    if (!job.performance.bricks) partition = std::make_unique<partition::SplitBricks>(std::move(partition));
  });
  longest_ = steps_until_due();  // looks at the balance, which may come soon and often, aside
  balancer_ = std::make_unique<Balancer>(comm, job, *partition);
  decomposition_ =
      std::make_unique<Decomposition>(comm, solver, job, std::move(partition), topology_, longest_);
  field::FieldStore& store = decomposition_->store();
  transport::collectively(comm, [&] {
    fill_initial(job, solver.schema(), store);
    PatchTable patches{solver, store};
    for (std::size_t b = 0; b < store.bricks().size(); ++b) {
      solver.initialize(patches.for_initialize(static_cast<int>(b)),
                        region_of({{}, store.bricks()[b].extents()}), 0.0);
    }
  });
  if (options.from != nullptr) go_on_from(options.from->load(this->partition(), store));
  stepper().inject(faults_, &step_);
  stepper().prepare(0.0);
  stepper().derive(time_);
  transport::agree(comm, stepper().failure());
  try {
    probes_ = std::make_unique<ProbeSet>(comm, job, solver.schema(), store);
  } catch (const base::Error& e) {
    throw transport::AgreedError{e};  // thrown alike on all ranks
  }
  if (resumed_) probes_->restore(resumed_->probes);
  check_health(comm, solver.schema(), this->partition().layout(), store, step_, time_);
}

void Attempt::go_on_from(const StartingPoint::State& state) {
  resumed_ = state.run;
  step_ = state.run.step;
  time_ = state.run.time;
  stable_dt_ = state.run.stable_dt;
  stable_asked_at_ = state.run.stable_asked_at;
  held_dt_ = state.run.held_dt;
  outcome_.first_step = step_;
  outcome_.first_diagnostics = state.run.first_diagnostics;
  for (Schedule* s :
       {&diagnostics_schedule_, &health_schedule_, &probe_schedule_, &field_schedule_, &image_schedule_}) {
    s->skip_to(time_);
  }
  std::vector<balance::ChunkCost> costs;
  for (const auto& [chunk, cost] : state.costs) costs.push_back({chunk, cost});
  balancer_->import(costs);
}

/// Brings about a fault that was asked for. One that is thrown counts as the solver's.
void Attempt::reach(const char* point) {
  if (faults_ == nullptr) return;
  try {
    const auto steps = static_cast<std::int64_t>(std::max<std::size_t>(block_.size(), 1));
    if (!faults_->reach(point, step_, steps) || store().bricks().empty()) return;
  } catch (const base::Error& e) {
    stepper().fail(e);
    return;
  }
  for (std::size_t f = 0; f < solver_->schema().fields.size(); ++f) {
    if (solver_->schema().fields[f].kind != job::FieldKind::state) continue;
    const field::FieldView view = store().current(0, static_cast<int>(f));
    if (view.scalar == field::Scalar::float64) {
      *view.at<double>({}) = std::numeric_limits<double>::quiet_NaN();
    } else {
      *view.at<float>({}) = std::numeric_limits<float>::quiet_NaN();
    }
    return;
  }
}

checkpoint::RunState Attempt::run_state() const {
  checkpoint::RunState s;
  s.step = step_;
  s.time = time_;
  s.stable_dt = stable_dt_;
  s.stable_asked_at = stable_asked_at_;
  s.held_dt = held_dt_;
  s.smallest_dt = outcome_.smallest_dt;
  s.largest_dt = outcome_.largest_dt;
  s.first_diagnostics = outcome_.first_diagnostics;
  for (const ProbeRecord& p : probes_->records()) s.probes.push_back({p.first, p.arrival, p.highest});
  return s;
}

/// @note Collective.
void Attempt::make_checkpoint(Observer& observer, bool last, bool local) {
  settle();
  base::Stopwatch watch;
  // Nothing that is not finite is ever kept.
  check_health(*comm_, solver_->schema(), partition().layout(), store(), step_, time_);
  const checkpoint::RunState state = run_state();
  observer.checkpoint(view(), {state, balancer_->costs().costs(), last, local});
  outcome_.phases[Phase::checkpoint] += watch.lap();
}

StateView Attempt::view() const {
  return {*comm_, *job_, solver_->schema(), partition(), store(), probes_->records(), step_, time_};
}

bool Attempt::finished(std::int64_t step, double time) const {
  return time >= job_->time.end || step >= job_->time.max_steps;
}

bool Attempt::anything_due(std::int64_t step, double time) const {
  for (const Schedule* s : {&diagnostics_schedule_, &health_schedule_, &probe_schedule_, &field_schedule_,
                            &image_schedule_, &checkpoint_schedule_}) {
    if (s->would_be_due(step, time)) return true;
  }
  return false;
}

/// Steps from here to the next at which something is due by their number, or the run ends.
std::int64_t Attempt::steps_until_due() const {
  std::int64_t left = job_->time.max_steps - step_;
  for (const Schedule* s : {&diagnostics_schedule_, &health_schedule_, &field_schedule_, &image_schedule_,
                            &checkpoint_schedule_}) {
    left = std::min(left, s->steps_left(step_));
  }
  if (!job_->probes.points.empty()) left = std::min(left, probe_schedule_.steps_left(step_));
  if (solver_->schema().local_dt && !job_->time.dt) {
    left = std::min(left, job_->time.cfl_every - step_ % job_->time.cfl_every);
  }
  if (balancer_ && balancer_->active()) {
    const std::int64_t look = balancer_->steps_left(step_);
    if (look > 0) left = std::min(left, look);
  }
  return left;
}

Attempt::NextStep Attempt::next_fixed_step(std::int64_t step, double time) const {
  const double dt = *job_->time.dt;
  const double left = job_->time.end - time;
  // A last step that differs from dt by rounding alone ends the run, rather than a sliver after it.
  if (left <= dt * (1.0 + 1e-9)) return {{time, left}, job_->time.end};
  return {{time, dt}, static_cast<double>(step + 1) * dt};  // a product does not drift
}

/// The largest stable step, as asked for last. @note Collective when it is time to ask again.
double Attempt::stable_step() {
  const bool local = solver_->schema().local_dt;
  // Without local_dt the answer depends on the grid alone; idle ranks have no cells to ask about.
  if (stable_dt_ && (!local || step_ - stable_asked_at_ < job_->time.cfl_every)) return *stable_dt_;
  base::Stopwatch watch;
  const double stable = reduction::global_minimum(*comm_, stepper().stable_dt(time_));
  outcome_.phases[Phase::time_step] += watch.lap();
  if (!(stable > 0.0)) {
    settle();
    throw time_step_error(
        fmt::format("the solver's stable time step is {} at step {}, t = {:.6g} s", stable, step_, time_),
        "the fields may have become meaningless; lower `cfl`, or set `dt` in [time]");
  }
  if (stable_dt_ && job_->time.cfl_every > 1 && stable < held_dt_) {
    settle();
    throw time_step_error(
        fmt::format("a step of {:.6g} s was held for {} steps and is now longer than the stable {:.6g} s, at "
                    "step {}, t = {:.6g} s",
                    held_dt_, job_->time.cfl_every, stable, step_, time_),
        "lower `cfl` or `cfl_every` in [time]");
  }
  stable_dt_ = stable;
  stable_asked_at_ = step_;
  held_dt_ = 0.0;
  return stable;
}

Attempt::NextStep Attempt::next_step(std::int64_t step, double time) {
  if (job_->time.dt) return next_fixed_step(step, time);
  const double end = job_->time.end;
  const double dt = stable_step() * job_->time.cfl;
  if (dt == infinity && end == infinity) {
    throw time_step_error("nothing limits the time step", "set `dt` or `end` in [time]");
  }
  const double target = std::min({end, field_schedule_.next_time(), image_schedule_.next_time()});
  const double left = target - time;
  if (dt >= left) return {{time, left}, target};
  const double even = 2.0 * dt > left ? 0.5 * left : dt;  // two equal steps rather than a sliver
  if (time + even == time) {
    settle();
    throw time_step_error(
        fmt::format("the time step has become too small to advance: {:.3g} s at t = {:.6g} s", even, time),
        "the fields may have become meaningless; look at the last output");
  }
  return {{time, even}, time + even};
}

/// Collects the steps to take before anything is due: at most `most`, and fewer where that makes the blocks
/// up to the next occasion of even length.
void Attempt::plan_block(std::int64_t most) {
  block_.clear();
  block_times_.clear();
  const std::int64_t left = std::max<std::int64_t>(1, steps_until_due());
  most = std::max<std::int64_t>(1, most);
  const std::int64_t blocks = left / most + (left % most != 0 ? 1 : 0);
  const std::int64_t even = left / blocks + (left % blocks != 0 ? 1 : 0);
  std::int64_t step = step_;
  double time = time_;
  while (static_cast<std::int64_t>(block_.size()) < even) {
    const NextStep next = next_step(step, time);
    block_.push_back(next);
    block_times_.push_back(next.begin);
    held_dt_ = std::max(held_dt_, next.begin.dt);
    ++step;
    time = next.end;
    if (finished(step, time) || anything_due(step, time)) return;
  }
}

/// Waits for the agreement on the step before; whether no rank had failed in it.
bool Attempt::finish_agreement() {
  if (!pending_.started()) return true;
  const std::int64_t smallest = pending_.finish();
  if (smallest <= all_well / 2) return false;
  const auto agreed = static_cast<unsigned>(all_well - smallest);
  wall_due_ |= agreed;
  own_due_ &= ~agreed;
  return true;
}

/// Throws what any rank has failed with so far.
void Attempt::settle() {
  finish_agreement();
  transport::agree(*comm_, stepper().failure());
}

void Attempt::evaluate_diagnostics(Observer& observer) {
  base::Stopwatch watch;
  stepper().derive(time_);
  settle();
  const std::vector<double>& values = diagnostics_.evaluate(*comm_, store());
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
    check_health(*comm_, solver_->schema(), partition().layout(), store(), step_, time_);
    outcome_.phases[Phase::diagnostics] += watch.lap();
  }
  if (due(diagnostics_schedule_, diagnostics_bit)) evaluate_diagnostics(observer);
  watch.lap();
  if (due(probe_schedule_, probes_bit) && !probes_->empty()) {
    settle();
    probes_->sample(*comm_, stepper(), store(), time_);
    observer.probes(view(), *probes_);
    outcome_.phases[Phase::probes] += watch.lap();
  }
  const bool fields = due(field_schedule_, fields_bit);
  const bool images = due(image_schedule_, images_bit);
  if (fields || images) {
    stepper().derive(time_);
    settle();
    if (fields) observer.fields(view());
    if (images) observer.images(view());
    outcome_.phases[Phase::output] += watch.lap();
  }
  if (last || step_ == 0) return;
  const bool stop = (wall & stop_bit) != 0;
  if (checkpoint_schedule_.due(step_, time_) || stop || (wall & checkpoint_bit) != 0) {
    make_checkpoint(observer, stop, false);
    outcome_.stopped = stop;
  } else if ((wall & local_bit) != 0) {
    make_checkpoint(observer, false, true);
  }
}

/// Tells the others whether this rank has failed, and of rank 0 what the wall clock makes due. They hear of
/// it when the next block is done, so that nobody waits for it.
void Attempt::start_agreement() {
  std::int64_t say = all_well;
  if (stepper().failure()) {
    say = comm_->rank();
  } else {
    if (comm_->root()) {
      const double now = wall_.seconds();
      if (diagnostics_schedule_.wall_due(now)) own_due_ |= diagnostics_bit;
      if (health_schedule_.wall_due(now)) own_due_ |= health_bit;
      if (probe_schedule_.wall_due(now)) own_due_ |= probes_bit;
      if (field_schedule_.wall_due(now)) own_due_ |= fields_bit;
      if (image_schedule_.wall_due(now)) own_due_ |= images_bit;
    }
    const unsigned asked = control_ == nullptr ? 0u : control_->requests();
    if ((asked & RunControl::local_checkpoint) != 0) own_due_ |= local_bit;
    if ((asked & RunControl::checkpoint) != 0) own_due_ |= checkpoint_bit;
    if ((asked & RunControl::stop) != 0) own_due_ |= stop_bit;
    say -= own_due_;
  }
  pending_.start(say);
}

void Attempt::take_block(Tuner& tuner) {
  plan_block(tuner.blocking().steps);
  reach("compute");
  base::Stopwatch watch;
  stepper().advance(block_times_, tuner.blocking(), outcome_.phases);
  double seconds = watch.seconds();
  const auto steps = static_cast<double>(block_.size());
  usual_seconds_ = usual_seconds_ == 0.0 ? seconds / steps : 0.5 * (usual_seconds_ + seconds / steps);
  if (tuner.done()) return;
  comm_->largest(std::span<double>{&seconds, 1});
  tuner.note(static_cast<std::int64_t>(block_.size()), seconds);
}

/// Takes a step chunk by chunk, and moves chunks after it where that pays from then on.
void Attempt::take_measured_step(Tuner& tuner) {
  plan_block(1);
  reach("compute");
  base::Stopwatch watch;
  stepper().measure(block_times_.front(), outcome_.phases,
                    [this](std::int64_t chunk, double seconds) { balancer_->record(chunk, seconds); });
  const double measured = watch.lap();
  auto better = balancer_->look(partition(), store(), step_, measured, usual_seconds_);
  if (better) move_to(std::move(better), tuner);
  outcome_.phases[Phase::balance] += watch.lap();
}

/// @note Collective.
void Attempt::move_to(std::unique_ptr<partition::Partition> partition, Tuner& tuner) {
  settle();
  reach("migration");
  base::Stopwatch watch;
  auto next =
      std::make_unique<Decomposition>(*comm_, *solver_, *job_, std::move(partition), topology_, longest_);
  balance::CostTable costs = balance::migrate(*comm_, this->partition(), store(), next->partition(),
                                              next->store(), balancer_->costs(), balancer_->speeds());
  past_traffic_ += stepper().traffic(nodes_);
  decomposition_ = std::move(next);
  stepper().inject(faults_, &step_);
  stepper().prepare(0.0);
  // What was found fastest still is, where the new bricks are large enough for it.
  const std::vector<Blocking>& candidates = decomposition_->candidates();
  const auto same = std::find(candidates.begin(), candidates.end(), tuner.blocking());
  tuner.settle_on(same == candidates.end() ? candidates.front() : *same);
  balancer_->migrated(std::move(costs), watch.seconds());
}

RunOutcome Attempt::run(Observer& observer, RunControl* control) {
  control_ = control;
  observer.started(view());
  if (!resumed_) report_due(observer, false);
  outcome_.phases = {};
  outcome_.smallest_dt = resumed_ ? resumed_->smallest_dt : infinity;
  outcome_.largest_dt = resumed_ ? resumed_->largest_dt : 0.0;
  wall_ = {};
  base::Stopwatch loop;
  Tuner tuner{decomposition_->candidates(), tuning_seconds, (job_->time.max_steps - step_) / tuning_share};
  while (!finished(step_, time_) && !outcome_.stopped) {
    if (tuner.done() && balancer_->active() && balancer_->steps_left(step_) == 0) {
      take_measured_step(tuner);
    } else {
      take_block(tuner);
    }

    base::Stopwatch watch;
    if (!finish_agreement()) transport::agree(*comm_, stepper().failure());
    start_agreement();
    outcome_.phases[Phase::agreement] += watch.lap();

    for (const NextStep& taken : block_) {
      ++step_;
      time_ = taken.end;
      outcome_.smallest_dt = std::min(outcome_.smallest_dt, taken.begin.dt);
      outcome_.largest_dt = std::max(outcome_.largest_dt, taken.begin.dt);
      observer.stepped(view(), taken.begin.dt);
    }
    observer.between_blocks(view());
    if (!finished(step_, time_)) report_due(observer, false);
  }
  settle();
  outcome_.loop_seconds = loop.seconds();
  outcome_.steps = step_;
  outcome_.time = time_;
  outcome_.traffic = past_traffic_;
  outcome_.traffic += stepper().traffic(nodes_);
  outcome_.balance = balancer_->report();
  outcome_.blocking = {tuner.blocking(), tuner.done(), tuner.trials(), decomposition_->shares_memory()};
  outcome_.field_bytes = store().bytes();
  const PhaseTimes loop_phases = outcome_.phases;

  check_health(*comm_, solver_->schema(), partition().layout(), store(), step_, time_);
  if (step_ > 0 && !outcome_.stopped) report_due(observer, true);
  outcome_.phases = loop_phases;
  outcome_.digests = field_digests(*comm_, solver_->schema(), store(), job_->geometry.cells);
  return outcome_;
}

}  // namespace tessera::driver
