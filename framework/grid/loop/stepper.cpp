#include "grid/loop/stepper.h"

#include "base/stopwatch.h"
#include "grid/field/stream.h"

#include <algorithm>
#include <limits>
#include <map>

namespace tessera::loop {

namespace {

bool has_nonperiodic_axis(const grid::Geometry& g) {
  for (int a = 0; a < g.dimensions; ++a) {
    if (!g.periodic[static_cast<std::size_t>(a)]) return true;
  }
  return false;
}

}  // namespace

Stepper::Stepper(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
                 const partition::Partition& partition, field::FieldStore& store, const TilingLimits& limits,
                 halo::SharedFields* shared)
    : comm_{&comm},
      solver_{&solver},
      partition_{&partition},
      geometry_{job.geometry},
      limits_{limits},
      store_{&store},
      calls_{solver, job, store},
      ghosts_{solver.schema(), job, limits.wrapped, store,
              [this](int brick, const grid::Box& ghosts, int field, int axis, int side, double time) {
                calls_.boundary(brick, ghosts, field, {axis, side}, time, boundary_advances_);
              }},
      fills_ghosts_{limits.wrapped != std::array{false, false, false} || has_nonperiodic_axis(job.geometry)},
      tiles_{comm, solver.schema(), job, partition, store, limits, shared} {}

void Stepper::prepare(double time) {
  const solver::SolverSchema& schema = solver_->schema();
  std::vector<halo::HaloField> fields;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    if (is_written(schema, f)) continue;
    const int layers = exchanged_layers(schema, f, limits_.steps);
    if (layers > 0) fields.push_back({f, layers});
  }
  if (fields.empty()) return;
  halo::HaloExchange exchange{*comm_, *store_, *partition_, geometry_.periodic, limits_.exchanged, fields, 0};
  exchange.start();
  exchange.finish();
  for (int b = 0; b < static_cast<int>(store_->bricks().size()); ++b) {
    for (const halo::HaloField& f : fields) {
      const grid::Box cells = tiles_.region_around(b, f.width);
      ghosts_.fill(b, f.field, store_->current(b, f.field), radius_of(schema, f.field), cells, cells.upper,
                   time);
    }
  }
}

void Stepper::fill(const Sweep& sweep, int brick, const grid::Box& cells, const grid::Index& end,
                   const StepTime& step) {
  const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
  boundary_advances_ = &sweep.advances;
  for (const halo::HaloField& f : sweep.fills) {
    const field::FieldView level =
        store_->view_after(brick, f.field, sweep.advances[static_cast<std::size_t>(f.field)]);
    ghosts_.fill(brick, f.field, level, f.width, cells, end, step.time + stage.time_offset * step.dt);
  }
  boundary_advances_ = nullptr;
}

void Stepper::run_passes(Tile& tile, int brick, bool after_wait, std::span<const StepTime> steps,
                         const Tiling& tiling, PhaseTimes& times) {
  const BrickPasses& passes = tile.bricks[static_cast<std::size_t>(brick)];
  const std::vector<Sweep>& sweeps = tile.plan.sweeps;
  const bool streamed = tiling.streaming && sweeps.size() == 1 && !calls_.uses_guard();
  const bool measures_boundary = has_nonperiodic_axis(geometry_);
  base::Stopwatch watch;
  double boundary_seconds = 0.0;
  traverse(after_wait ? passes.after_wait : passes.before_wait, geometry_.dimensions, tiling,
           [&](std::size_t pass, const grid::Box& cells) {
             const Sweep& sweep = sweeps[pass / 2];
             const StepTime& step = steps[static_cast<std::size_t>(sweep.step)];
             set_step(sweep);
             if (pass % 2 == 0) {
               if (!fills_ghosts_ || sweep.fills.empty()) return;
               if (measures_boundary) watch.lap();
               fill(sweep, brick, cells, passes.regions[pass].upper, step);
               if (measures_boundary) boundary_seconds += watch.lap();
               return;
             }
             if (tile.exchange) {
               if (static_cast<int>(pass / 2) >= tile.plan.first_overwrite) tile.exchange->wait_for_readers();
               if (!after_wait && tile.overlaps) tile.exchange->progress();
             }
             if (streamed) {
               calls_.update_streamed(sweep, brick, cells, step);
             } else {
               calls_.update(sweep, brick, cells, step);
             }
           });
  times[Phase::boundary] += boundary_seconds;
  times[Phase::update] -= boundary_seconds;
}

void Stepper::run_tile(Tile& tile, std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times) {
  base::Stopwatch watch;
  const int bricks = static_cast<int>(store_->bricks().size());
  halo::HaloExchange* exchange = tile.exchange ? &*tile.exchange : nullptr;
  // Neighbours may still be reading cells that this tile overwrites.
  if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
  if (exchange != nullptr) {
    last_exchange_ = exchange;
    exchange->start();
    if (faults_ != nullptr) faults_->reach("halo", *step_, static_cast<std::int64_t>(steps.size()));
    if (!tile.overlaps || tile.overwrites_sent_cells) exchange->copy_from_peers();
    if (!tile.overlaps) exchange->finish();
    // The guard temporarily poisons cells, and neighbours must not read the poison.
    if (calls_.uses_guard()) exchange->wait_for_readers();
    times[Phase::halo] += watch.lap();
  }
  for (int b = 0; b < bricks; ++b) run_passes(tile, b, false, steps, tiling, times);
  times[Phase::update] += watch.lap();
  if (tile.overlaps) {
    if (!tile.overwrites_sent_cells) exchange->copy_from_peers();
    exchange->finish();
    times[Phase::halo] += watch.lap();
    for (int b = 0; b < bricks; ++b) run_passes(tile, b, true, steps, tiling, times);
    times[Phase::update] += watch.lap();
  }
  if (tiling.streaming) field::finish_streams();
  for (std::size_t f = 0; f < tile.plan.advances.size(); ++f) {
    if (tile.plan.advances[f] % 2 == 1) store_->advance(static_cast<int>(f));
  }
}

/// In a guarded run, poisons the work fields at the start of a step or time tile, once neighbours have copied
/// the cells that they need.
void Stepper::start_guarded_step() {
  if (!calls_.uses_guard()) return;
  if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
  calls_.poison_work_fields();
}

void Stepper::advance(std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times) {
  if (tiling.steps == 0) {
    for (const StepTime& step : steps) {
      start_guarded_step();
      for (const std::unique_ptr<Tile>& stage : tiles_.stages()) run_tile(*stage, {&step, 1}, tiling, times);
    }
  } else {
    start_guarded_step();
    run_tile(tiles_.tile_of(static_cast<int>(steps.size())), steps, tiling, times);
  }
}

void Stepper::advance_measured(const StepTime& step, PhaseTimes& times,
                               const std::function<void(std::int64_t chunk, double seconds)>& record) {
  const grid::ChunkLayout& layout = partition_->layout();
  std::map<std::int64_t, double> seconds;
  start_guarded_step();
  for (const std::unique_ptr<Tile>& tile : tiles_.stages()) {
    base::Stopwatch watch;
    if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
    if (tile->exchange) {
      last_exchange_ = &*tile->exchange;
      last_exchange_->start();
      last_exchange_->copy_from_peers();
      last_exchange_->finish();
      last_exchange_->wait_for_readers();
    }
    times[Phase::halo] += watch.lap();
    const Sweep& sweep = tile->plan.sweeps.front();
    set_step(sweep);
    for (int b = 0; b < static_cast<int>(store_->bricks().size()); ++b) {
      const grid::Box& brick = store_->bricks()[static_cast<std::size_t>(b)];
      const grid::Box& region = tile->bricks[static_cast<std::size_t>(b)].regions.front();
      if (fills_ghosts_) fill(sweep, b, region, region.upper, step);
      for_each_index(layout.chunks_of(brick), [&](const grid::Index& chunk) {
        const grid::Box cells = layout.cells_of(grid::box_at(chunk));
        base::Stopwatch chunk_watch;
        calls_.update(sweep, b, cells.shifted(grid::Index{} - brick.lower), step);
        seconds[layout.id_of(chunk)] += chunk_watch.seconds();
      });
    }
    times[Phase::update] += watch.lap();
    for (std::size_t f = 0; f < tile->plan.advances.size(); ++f) {
      if (tile->plan.advances[f] % 2 == 1) store_->advance(static_cast<int>(f));
    }
  }
  for (const auto& [chunk, time] : seconds) record(chunk, time);
}

void Stepper::inject_faults(const char* point, std::int64_t steps) {
  try {
    if (faults_ == nullptr || !faults_->reach(point, *step_, steps) || store_->bricks().empty()) return;
  } catch (const base::Error& e) {
    calls_.fail(e);
    return;
  }
  const std::vector<solver::FieldSchema>& fields = solver_->schema().fields;
  const auto state = std::ranges::find(fields, solver::FieldKind::state, &solver::FieldSchema::kind);
  if (state == fields.end()) return;
  const field::FieldView view = store_->current(0, static_cast<int>(state - fields.begin()));
  field::with_scalar(view.scalar, [&](auto zero) {
    using T = decltype(zero);
    *view.at<T>({}) = std::numeric_limits<T>::quiet_NaN();
  });
}

void Stepper::derive(double time) {
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    calls_.derive(static_cast<int>(b), {{}, store_->bricks()[b].extents()}, time);
  }
}

}  // namespace tessera::loop
