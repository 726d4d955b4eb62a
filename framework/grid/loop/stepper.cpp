#include "grid/loop/stepper.h"

#include "base/stopwatch.h"
#include "grid/field/stream.h"
#include "transport/agreement.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Bytes of results to compute before streaming them to memory: few enough to stay in the L2 cache.
constexpr std::size_t scratch_bytes = std::size_t{128} << 10;

bool any_true(const std::array<bool, 3>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](bool b) { return b; });
}

bool has_faces(const grid::Geometry& g) {
  for (int a = 0; a < g.dimensions; ++a) {
    if (!g.periodic[static_cast<std::size_t>(a)]) return true;
  }
  return false;
}

}  // namespace

/// The passes over one brick, two per sweep: one fills ghost cells, the other computes.
struct Stepper::BrickPasses {
  std::vector<Pass> before_wait;   // cells computed before the wait
  std::vector<Pass> after_wait;    // cells computed after it
  std::vector<grid::Box> regions;  // all cells of each pass
};

struct Stepper::Tile {
  TilePlan plan;
  std::optional<halo::HaloExchange> exchange;
  bool overwrites = false;      // whether any sweep overwrites cells that the exchange sends
  bool interdependent = false;  // whether cells computed before and after the wait depend on each other
  bool overlaps = false;        // whether computation overlaps the exchange
  std::vector<BrickPasses> bricks;
};

Stepper::Stepper(const transport::Communicator& comm, const solver::Solver& solver, const grid::JobSpec& job,
                 const partition::Partition& partition, field::FieldStore& store, const TilingLimits& limits,
                 halo::SharedFields* shared)
    : comm_{&comm},
      solver_{&solver},
      partition_{&partition},
      geometry_{job.geometry},
      limits_{limits},
      timed_fields_{timed_fields(job, solver.schema())},
      store_{&store},
      shared_{shared},
      patches_{solver, store},
      guard_{solver.schema(), store, job.geometry},
      uses_guard_{job.performance.guard},
      ghosts_{solver.schema(), job, limits.wrapped, store,
              [this](int brick, const grid::Box& ghosts, int field, int axis, int side, double time) {
                for_each_image(brick, ghosts, [&](const grid::Box& part, const grid::Index& image) {
                  guarded([&] { fill_custom(brick, part, image, field, {axis, side}, time); });
                });
              }},
      fills_ghosts_{any_true(limits.wrapped) || has_faces(job.geometry)} {
  for (TilePlan& plan : plan_stages(solver.schema(), timed_fields_))
    stages_.push_back(make_tile(std::move(plan)));
  if (limits.steps > 0) static_cast<void>(tile_of(limits.steps));
}

Stepper::~Stepper() = default;

std::unique_ptr<Stepper::Tile> Stepper::make_tile(TilePlan plan) {
  auto tile = std::make_unique<Tile>();
  tile->plan = std::move(plan);
  const std::vector<Sweep>& sweeps = tile->plan.sweeps;
  if (!tile->plan.exchange.empty() && any_true(limits_.exchanged)) {
    tile->exchange.emplace(*comm_, *store_, *partition_, geometry_.periodic, limits_.exchanged,
                           tile->plan.exchange, next_tag_++, shared_);
  }
  tile->overwrites = tile->plan.first_overwrite < static_cast<int>(sweeps.size());
  std::int64_t core_cells = 0;
  std::int64_t all_cells = 0;
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    tile->bricks.emplace_back();
    std::int64_t core = 0;
    for (const Sweep& sweep : sweeps) {
      add_pass(*tile, b, sweep.fill_depth, sweep.fill_skew);
      core = add_pass(*tile, b, sweep.halo_depth, sweep.skew);
    }
    core_cells += core;
    all_cells += store_->bricks()[b].volume();
  }
  tile->overlaps =
      tile->exchange &&
      (tile->exchange->has_messages() || (!tile->overwrites && tile->exchange->has_shared_peers())) &&
      2 * core_cells > all_cells && !tile->interdependent && !uses_guard_;
  if (tile->overlaps) return tile;
  for (BrickPasses& brick : tile->bricks) {
    for (std::size_t p = 0; p < brick.before_wait.size(); ++p) {
      brick.before_wait[p].pieces.assign(1, brick.regions[p]);
      brick.after_wait[p].pieces.clear();
    }
  }
  return tile;
}

/// Adds a pass over the owned cells of a brick and `depth` ghost layers. Splits it: the core, at least `skew`
/// layers away from every side that waits for other ranks, is computed before the wait, and the rest after
/// it. At this distance, the rest reads nothing that later sweeps over the core have overwritten. Returns the
/// number of core cells.
///
/// If the core is thin, or if the pass reaches a face of the domain beyond a side that waits, ghost cells
/// beyond the face may mirror some cells that are computed before the wait and some that are computed after
/// it. Such a tile is computed without overlap.
std::int64_t Stepper::add_pass(Tile& tile, std::size_t brick, int depth, int skew) const {
  const int b = static_cast<int>(brick);
  const grid::Box region = region_around(b, depth);
  const grid::Box& owned = store_->bricks()[brick];
  const halo::WaitFor wait_for = tile.overwrites ? halo::WaitFor::messages : halo::WaitFor::all;
  std::int64_t widest_fill = 0;
  for (const Sweep& sweep : tile.plan.sweeps) {
    for (const halo::HaloField& f : sweep.fills) widest_fill = std::max<std::int64_t>(widest_fill, f.width);
  }
  grid::Box core = region;
  for (int a = 0; a < geometry_.dimensions && tile.exchange; ++a) {
    const bool below = tile.exchange->side_waits(b, a, 0, wait_for);
    const bool above = tile.exchange->side_waits(b, a, 1, wait_for);
    if (below) core.lower[a] = std::min(core.upper[a], std::int64_t{skew});
    if (above) core.upper[a] = std::max(core.lower[a], owned.extent(a) - skew);
    if (geometry_.periodic[static_cast<std::size_t>(a)] || !(below || above)) continue;
    tile.interdependent = tile.interdependent || (below && region.lower[a] == -owned.lower[a]) ||
                          (above && region.upper[a] == geometry_.cells[a] - owned.lower[a]) ||
                          core.extent(a) < widest_fill;
  }
  BrickPasses& passes = tile.bricks[brick];
  passes.before_wait.push_back({skew, {core}});
  passes.after_wait.push_back({skew, core.empty() ? std::vector{region} : grid::difference(region, core)});
  passes.regions.push_back(region);
  return core.volume();
}

/// The owned cells of a brick and `layers` layers around them along exchanged axes, clipped to the domain
/// along non-periodic axes. Local indices.
grid::Box Stepper::region_around(int brick, int layers) const {
  const grid::Box& owned = store_->bricks()[static_cast<std::size_t>(brick)];
  grid::Box region{{}, owned.extents()};
  for (int a = 0; a < geometry_.dimensions; ++a) {
    if (!limits_.exchanged[static_cast<std::size_t>(a)]) continue;
    region.lower[a] -= layers;
    region.upper[a] += layers;
    if (geometry_.periodic[static_cast<std::size_t>(a)]) continue;
    region.lower[a] = std::max(region.lower[a], -owned.lower[a]);
    region.upper[a] = std::min(region.upper[a], geometry_.cells[a] - owned.lower[a]);
  }
  return region;
}

Stepper::Tile& Stepper::tile_of(int steps) {
  std::unique_ptr<Tile>& tile = tiles_[steps];
  if (!tile) tile = make_tile(plan_steps(solver_->schema(), steps, timed_fields_));
  return *tile;
}

template <class F>
void Stepper::guarded(F call) {
  if (failure_) return;
  try {
    call();
  } catch (...) {
    failure_ = transport::error_of(std::current_exception());
  }
}

/// Splits `cells` at periodic faces and calls f(part, image) for each part. Cells beyond a periodic face are
/// images of cells at the opposite face, and the solver must get the coordinates of the originals: `image`
/// must be added to the offset of the brick in the domain.
template <class F>
void Stepper::for_each_image(int brick, const grid::Box& cells, F f) const {
  const grid::Index& place = store_->bricks()[static_cast<std::size_t>(brick)].lower;
  std::array<std::array<std::int64_t, 4>, 3> bounds{};
  for (int a = 0; a < 3; ++a) {
    const bool periodic = a < geometry_.dimensions && geometry_.periodic[static_cast<std::size_t>(a)];
    const auto clamped = [&](std::int64_t end) { return std::clamp(end, cells.lower[a], cells.upper[a]); };
    const std::int64_t low = periodic ? clamped(-place[a]) : cells.lower[a];
    const std::int64_t high = periodic ? clamped(geometry_.cells[a] - place[a]) : cells.upper[a];
    bounds[static_cast<std::size_t>(a)] = {cells.lower[a], low, high, cells.upper[a]};
  }
  grid::for_each_place({{}, grid::Index::all(3)}, [&](const grid::Index& piece) {
    grid::Box part;
    grid::Index image;
    for (int a = 0; a < 3; ++a) {
      const auto n = static_cast<std::size_t>(piece[a]);
      part.lower[a] = bounds[static_cast<std::size_t>(a)][n];
      part.upper[a] = bounds[static_cast<std::size_t>(a)][n + 1];
      image[a] = (1 - piece[a]) * geometry_.cells[a];
    }
    if (!part.empty()) f(part, image);
  });
}

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
      const grid::Box cells = region_around(b, f.width);
      ghosts_.fill(b, f.field, store_->current(b, f.field), radius_of(schema, f.field), cells, cells.upper,
                   time);
    }
  }
}

void Stepper::update(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& when) {
  const bool had_failed = failure_.has_value();
  guarded([&] {
    const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
    for_each_image(brick, cells, [&](const grid::Box& part, const grid::Index& image) {
      const tessera_patch& patch = patches_.for_stage(brick, stage, sweep.advances, image);
      const auto call = [&](const grid::Box& box) {
        solver_->update(sweep.stage, patch, region_of(box), when.time, when.dt);
      };
      if (uses_guard_) {
        guard_.update(sweep, brick, part, call);
      } else {
        call(part);
      }
    });
  });
  if (had_failed || !failure_) return;
  const grid::Box where = cells.shifted(store_->bricks()[static_cast<std::size_t>(brick)].lower);
  annotate_failure(when, ", cells " + grid::to_string(where));
}

/// Adds the time of the step, and `where`, to the text of the failure.
void Stepper::annotate_failure(const StepTime& when, const std::string& where) {
  failure_ = base::Error::with_text(
      failure_->code(),
      fmt::format("{}\n  = in the step starting at t = {:.6g} s{}", failure_->text(), when.time, where));
}

/// Computes a few rows at a time into a scratch buffer that stays in cache, then streams them to the field.
void Stepper::update_streamed(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& when) {
  const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
  if (scratch_.size() == 0) scratch_ = base::Buffer{2 * scratch_bytes};
  std::int64_t row_bytes = 0;
  for (const int f : stage.writes) {
    const field::FieldView to = store_->view_after(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1);
    if (store_->fields()[static_cast<std::size_t>(f)].levels == 2) {
      row_bytes +=
          (cells.extent(0) + 32) * static_cast<std::int64_t>(field::bytes_of(to.scalar)) * to.components;
    }
  }
  bool in_domain = true;  // whether no cell is beyond a periodic face
  for_each_image(brick, cells, [&](const grid::Box& part, const grid::Index& image) {
    in_domain = part == cells && image == grid::Index{};
  });
  const std::int64_t rows =
      row_bytes == 0 || !in_domain ? 0 : static_cast<std::int64_t>(scratch_bytes) / row_bytes;
  if (rows == 0) return update(sweep, brick, cells, when);

  grid::Box piece = cells;
  for (std::int64_t k = cells.lower[2]; k < cells.upper[2]; ++k) {
    piece.lower[2] = k;
    piece.upper[2] = k + 1;
    for (std::int64_t j = cells.lower[1]; j < cells.upper[1]; j += rows) {
      piece.lower[1] = j;
      piece.upper[1] = std::min(j + rows, cells.upper[1]);
      const bool had_failed = failure_.has_value();
      const tessera_patch& patch = patches_.for_stage(brick, stage, sweep.advances);
      std::byte* scratch_end = scratch_.data();
      for (const int f : stage.writes) {
        if (store_->fields()[static_cast<std::size_t>(f)].levels != 2) continue;
        scratch_end = patches_.redirect_write(f, piece, scratch_end);
      }
      guarded([&] { solver_->update(sweep.stage, patch, region_of(piece), when.time, when.dt); });
      if (failure_ && !had_failed) annotate_failure(when, "");
      for (const int f : stage.writes) {
        if (store_->fields()[static_cast<std::size_t>(f)].levels != 2) continue;
        field::stream(patches_.redirected(f, store_->current(brick, f)), piece,
                      store_->view_after(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1));
      }
    }
  }
}

void Stepper::fill_custom(int brick, const grid::Box& ghosts, const grid::Index& image, int field,
                          std::array<int, 2> face, double time) {
  const auto call = [&] {
    solver_->boundary(patches_.for_boundary(brick, field, boundary_levels_, image), region_of(ghosts), field,
                      face[0], face[1], time);
  };
  if (!uses_guard_) return call();
  const int advances = boundary_levels_ == nullptr ? 0 : (*boundary_levels_)[static_cast<std::size_t>(field)];
  guard_.boundary(brick, field, store_->view_after(brick, field, advances), ghosts, call);
}

void Stepper::fill(const Sweep& sweep, int brick, const grid::Box& cells, const grid::Index& end,
                   const StepTime& when) {
  const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
  boundary_levels_ = &sweep.advances;
  for (const halo::HaloField& f : sweep.fills) {
    const field::FieldView level =
        store_->view_after(brick, f.field, sweep.advances[static_cast<std::size_t>(f.field)]);
    ghosts_.fill(brick, f.field, level, f.width, cells, end, when.time + stage.time_offset * when.dt);
  }
  boundary_levels_ = nullptr;
}

void Stepper::visit(Tile& tile, int brick, bool after_wait, std::span<const StepTime> steps,
                    const Tiling& tiling, PhaseTimes& times) {
  const BrickPasses& passes = tile.bricks[static_cast<std::size_t>(brick)];
  const std::vector<Sweep>& sweeps = tile.plan.sweeps;
  const bool streamed = tiling.streaming && sweeps.size() == 1 && !uses_guard_;
  const bool times_boundary = has_faces(geometry_);
  base::Stopwatch watch;
  double boundary = 0.0;
  traverse(after_wait ? passes.after_wait : passes.before_wait, geometry_.dimensions, tiling,
           [&](std::size_t pass, const grid::Box& cells) {
             const Sweep& sweep = sweeps[pass / 2];
             const StepTime& when = steps[static_cast<std::size_t>(sweep.step)];
             set_step(sweep);
             if (pass % 2 == 0) {
               if (!fills_ghosts_ || sweep.fills.empty()) return;
               if (times_boundary) watch.lap();
               fill(sweep, brick, cells, passes.regions[pass].upper, when);
               if (times_boundary) boundary += watch.lap();
               return;
             }
             if (tile.exchange) {
               if (static_cast<int>(pass / 2) >= tile.plan.first_overwrite) tile.exchange->wait_for_readers();
               if (!after_wait && tile.overlaps) tile.exchange->progress();
             }
             if (streamed) {
               update_streamed(sweep, brick, cells, when);
             } else {
               update(sweep, brick, cells, when);
             }
           });
  times[Phase::boundary] += boundary;
  times[Phase::update] -= boundary;
}

void Stepper::run(Tile& tile, std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times) {
  base::Stopwatch watch;
  const int bricks = static_cast<int>(store_->bricks().size());
  halo::HaloExchange* exchange = tile.exchange ? &*tile.exchange : nullptr;
  // Neighbours may still be reading cells that are about to be overwritten.
  if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
  if (exchange != nullptr) {
    last_exchange_ = exchange;
    exchange->start();
    if (faults_ != nullptr) faults_->reach("halo", *step_, static_cast<std::int64_t>(steps.size()));
    if (!tile.overlaps || tile.overwrites) exchange->copy_from_peers();
    if (!tile.overlaps) exchange->finish();
    // The guard poisons cells temporarily, which neighbours must not see.
    if (uses_guard_) exchange->wait_for_readers();
    times[Phase::halo] += watch.lap();
  }
  for (int b = 0; b < bricks; ++b) visit(tile, b, false, steps, tiling, times);
  times[Phase::update] += watch.lap();
  if (tile.overlaps) {
    if (!tile.overwrites) exchange->copy_from_peers();
    exchange->finish();
    times[Phase::halo] += watch.lap();
    for (int b = 0; b < bricks; ++b) visit(tile, b, true, steps, tiling, times);
    times[Phase::update] += watch.lap();
  }
  if (tiling.streaming) field::finish_streams();
  for (std::size_t f = 0; f < tile.plan.advances.size(); ++f) {
    if (tile.plan.advances[f] % 2 == 1) store_->advance(static_cast<int>(f));
  }
}

/// In a guarded run, poisons the work fields at the start of a step or time tile, after neighbours have copied the cells
/// that they need.
void Stepper::start_guarded_step() {
  if (!uses_guard_) return;
  if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
  guard_.poison_work_fields();
}

void Stepper::advance(std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times) {
  if (tiling.steps == 0) {
    for (const StepTime& step : steps) {
      start_guarded_step();
      for (const std::unique_ptr<Tile>& stage : stages_) run(*stage, {&step, 1}, tiling, times);
    }
  } else {
    start_guarded_step();
    run(tile_of(static_cast<int>(steps.size())), steps, tiling, times);
  }
}

void Stepper::measure(const StepTime& step, PhaseTimes& times,
                      const std::function<void(std::int64_t chunk, double seconds)>& record) {
  const grid::ChunkLayout& layout = partition_->layout();
  std::map<std::int64_t, double> seconds;
  start_guarded_step();
  for (const std::unique_ptr<Tile>& tile : stages_) {
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
      for_each_place(layout.chunks_of(brick), [&](const grid::Index& place) {
        const grid::Box cells = layout.cells_of(grid::box_at(place));
        base::Stopwatch chunk_watch;
        update(sweep, b, cells.shifted(grid::Index{} - brick.lower), step);
        seconds[layout.id_of(place)] += chunk_watch.seconds();
      });
    }
    times[Phase::update] += watch.lap();
    for (std::size_t f = 0; f < tile->plan.advances.size(); ++f) {
      if (tile->plan.advances[f] % 2 == 1) store_->advance(static_cast<int>(f));
    }
  }
  for (const auto& [chunk, time] : seconds) record(chunk, time);
}

void Stepper::reach(const char* point, std::int64_t steps) {
  try {
    if (faults_ == nullptr || !faults_->reach(point, *step_, steps) || store_->bricks().empty()) return;
  } catch (const base::Error& e) {
    if (!failure_) failure_ = e;
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

double Stepper::stable_dt(double time) {
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    guarded([&] {
      const int brick = static_cast<int>(b);
      const double dt = solver_->stable_dt(patches_.for_stable_dt(brick),
                                           region_of({{}, store_->bricks()[b].extents()}), time);
      // std::min would drop a NaN.
      smallest = dt < smallest || dt != dt ? dt : smallest;
    });
  }
  return smallest;
}

void Stepper::derive(double time) {
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    derive(static_cast<int>(b), {{}, store_->bricks()[b].extents()}, time);
  }
}

void Stepper::derive_cell(int brick, const grid::Index& cell, double time) {
  derive(brick, grid::box_at(cell), time);
}

void Stepper::derive(int brick, const grid::Box& cells, double time) {
  if (!solver_->schema().has_derive) return;
  guarded([&] {
    const auto call = [&] { solver_->derive(patches_.for_derive(brick), region_of(cells), time); };
    if (uses_guard_) {
      guard_.derive(brick, cells, call);
    } else {
      call();
    }
  });
}

halo::Traffic Stepper::traffic(const std::vector<int>& nodes) const {
  halo::Traffic t;
  const auto add = [&](const Tile& tile) {
    if (tile.exchange) t += tile.exchange->traffic(nodes);
  };
  for (const auto& stage : stages_) add(*stage);
  for (const auto& [steps, tile] : tiles_) add(*tile);
  return t;
}

}  // namespace tessera::loop
