#include "grid/loop/stepper.h"

#include "base/stopwatch.h"
#include "grid/field/stream.h"
#include "transport/agreement.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace tessera::loop {

namespace {

/// Size of the results to compute before they are streamed to memory, in bytes; small enough for the L2
/// cache.
constexpr std::size_t scratch_bytes = std::size_t{128} << 10;

bool any_true(const std::array<bool, 3>& flags) {
  return std::any_of(flags.begin(), flags.end(), [](bool b) { return b; });
}

bool has_nonperiodic_axis(const grid::Geometry& g) {
  for (int a = 0; a < g.dimensions; ++a) {
    if (!g.periodic[static_cast<std::size_t>(a)]) return true;
  }
  return false;
}

}  // namespace

/// The passes over one brick. Each sweep has two: the first fills ghost cells, the second computes.
struct Stepper::BrickPasses {
  std::vector<Pass> before_wait;   // cells computed before waiting for other ranks
  std::vector<Pass> after_wait;    // cells computed afterwards
  std::vector<grid::Box> regions;  // all cells of each pass
};

struct Stepper::Tile {
  TilePlan plan;
  std::optional<halo::HaloExchange> exchange;
  bool overwrites_sent_cells = false;
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
      time_dependent_fields_{time_dependent_fields(job, solver.schema())},
      store_{&store},
      shared_{shared},
      patches_{solver, store},
      guard_{solver.schema(), store, job.geometry},
      uses_guard_{job.performance.guard},
      ghosts_{solver.schema(), job, limits.wrapped, store,
              [this](int brick, const grid::Box& ghosts, int field, int axis, int side, double time) {
                for_each_image(brick, ghosts, [&](const grid::Box& part, const grid::Index& image) {
                  catch_failure([&] { fill_custom(brick, part, image, field, {axis, side}, time); });
                });
              }},
      fills_ghosts_{any_true(limits.wrapped) || has_nonperiodic_axis(job.geometry)} {
  for (TilePlan& plan : plan_stages(solver.schema(), time_dependent_fields_))
    stages_.push_back(make_tile(std::move(plan)));
  if (limits.steps > 0) static_cast<void>(tile_for(limits.steps));
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
  tile->overwrites_sent_cells = tile->plan.first_overwrite < static_cast<int>(sweeps.size());
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
  tile->overlaps = tile->exchange &&
                   (tile->exchange->has_messages() ||
                    (!tile->overwrites_sent_cells && tile->exchange->has_shared_peers())) &&
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

/// Adds a pass over the owned cells of a brick and `depth` ghost layers, and returns the number of core
/// cells. The core consists of the cells that are at least `skew` layers away from every side that waits for
/// other ranks. It is computed before the wait, and the remaining cells after it. At this distance, the
/// computation of the remaining cells does not read any values that later sweeps over the core have
/// overwritten.
///
/// If the core is thin, or if the pass extends across a side that waits to a face of the domain, the ghost
/// cells beyond the face may depend on cells computed before the wait and on cells computed after it. Such a
/// tile is computed without overlap.
std::int64_t Stepper::add_pass(Tile& tile, std::size_t brick, int depth, int skew) const {
  const int b = static_cast<int>(brick);
  const grid::Box region = region_around(b, depth);
  const grid::Box& owned = store_->bricks()[brick];
  const halo::WaitFor wait_for = tile.overwrites_sent_cells ? halo::WaitFor::messages : halo::WaitFor::all;
  std::int64_t max_fill_width = 0;
  for (const Sweep& sweep : tile.plan.sweeps) {
    for (const halo::HaloField& f : sweep.fills)
      max_fill_width = std::max<std::int64_t>(max_fill_width, f.width);
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
                          core.extent(a) < max_fill_width;
  }
  BrickPasses& passes = tile.bricks[brick];
  passes.before_wait.push_back({skew, {core}});
  passes.after_wait.push_back({skew, core.empty() ? std::vector{region} : grid::difference(region, core)});
  passes.regions.push_back(region);
  return core.volume();
}

/// The owned cells of a brick and `layers` layers around them along exchanged axes, clipped to the domain
/// along non-periodic axes, in local indices.
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

Stepper::Tile& Stepper::tile_for(int steps) {
  std::unique_ptr<Tile>& tile = tiles_[steps];
  if (!tile) tile = make_tile(plan_steps(solver_->schema(), steps, time_dependent_fields_));
  return *tile;
}

template <class F>
void Stepper::catch_failure(F call) {
  if (failure_) return;
  try {
    call();
  } catch (...) {
    failure_ = transport::error_of(std::current_exception());
  }
}

/// Splits `cells` at periodic faces and calls f(part, image) for each part. Cells beyond a periodic face are
/// images of cells at the opposite face, and the solver must receive the coordinates of the original cells.
/// Therefore `image` must be added to the offset of the brick in the domain.
template <class F>
void Stepper::for_each_image(int brick, const grid::Box& cells, F f) const {
  const grid::Index& brick_lower = store_->bricks()[static_cast<std::size_t>(brick)].lower;
  std::array<std::array<std::int64_t, 4>, 3> bounds{};
  for (int a = 0; a < 3; ++a) {
    const bool periodic = a < geometry_.dimensions && geometry_.periodic[static_cast<std::size_t>(a)];
    const auto clamped = [&](std::int64_t face) { return std::clamp(face, cells.lower[a], cells.upper[a]); };
    const std::int64_t low = periodic ? clamped(-brick_lower[a]) : cells.lower[a];
    const std::int64_t high = periodic ? clamped(geometry_.cells[a] - brick_lower[a]) : cells.upper[a];
    bounds[static_cast<std::size_t>(a)] = {cells.lower[a], low, high, cells.upper[a]};
  }
  grid::for_each_index({{}, grid::Index::all(3)}, [&](const grid::Index& piece) {
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

void Stepper::update(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& step) {
  const bool had_failed = failure_.has_value();
  catch_failure([&] {
    const solver::StageSchema& stage = solver_->schema().stages[static_cast<std::size_t>(sweep.stage)];
    for_each_image(brick, cells, [&](const grid::Box& part, const grid::Index& image) {
      const tessera_patch& patch = patches_.for_stage(brick, stage, sweep.advances, image);
      const auto call = [&](const grid::Box& box) {
        solver_->update(sweep.stage, patch, region_of(box), step.time, step.dt);
      };
      if (uses_guard_) {
        guard_.update(sweep, brick, part, call);
      } else {
        call(part);
      }
    });
  });
  if (had_failed || !failure_) return;
  const grid::Box box = cells.shifted(store_->bricks()[static_cast<std::size_t>(brick)].lower);
  annotate_failure(step, ", cells " + grid::to_string(box));
}

/// Appends the start time of the step, and `location`, to the text of the failure.
void Stepper::annotate_failure(const StepTime& step, const std::string& location) {
  failure_ = base::Error::with_text(
      failure_->code(),
      fmt::format("{}\n  = in the step starting at t = {:.6g} s{}", failure_->text(), step.time, location));
}

/// Computes a few rows at a time into a scratch buffer that stays in cache, then streams the results to the
/// field.
void Stepper::update_streamed(const Sweep& sweep, int brick, const grid::Box& cells, const StepTime& step) {
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
  if (rows == 0) return update(sweep, brick, cells, step);

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
        scratch_end = patches_.redirect_writes(f, piece, scratch_end);
      }
      catch_failure([&] { solver_->update(sweep.stage, patch, region_of(piece), step.time, step.dt); });
      if (failure_ && !had_failed) annotate_failure(step, "");
      for (const int f : stage.writes) {
        if (store_->fields()[static_cast<std::size_t>(f)].levels != 2) continue;
        field::stream(patches_.scratch_view(f, store_->current(brick, f)), piece,
                      store_->view_after(brick, f, sweep.advances[static_cast<std::size_t>(f)] + 1));
      }
    }
  }
}

void Stepper::fill_custom(int brick, const grid::Box& ghosts, const grid::Index& image, int field,
                          std::array<int, 2> face, double time) {
  const auto call = [&] {
    solver_->boundary(patches_.for_boundary(brick, field, boundary_advances_, image), region_of(ghosts),
                      field, face[0], face[1], time);
  };
  if (!uses_guard_) return call();
  const int advances =
      boundary_advances_ == nullptr ? 0 : (*boundary_advances_)[static_cast<std::size_t>(field)];
  guard_.boundary(brick, field, store_->view_after(brick, field, advances), ghosts, call);
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
  const bool streamed = tiling.streaming && sweeps.size() == 1 && !uses_guard_;
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
               update_streamed(sweep, brick, cells, step);
             } else {
               update(sweep, brick, cells, step);
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
    if (uses_guard_) exchange->wait_for_readers();
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
  if (!uses_guard_) return;
  if (last_exchange_ != nullptr) last_exchange_->wait_for_readers();
  guard_.poison_work_fields();
}

void Stepper::advance(std::span<const StepTime> steps, const Tiling& tiling, PhaseTimes& times) {
  if (tiling.steps == 0) {
    for (const StepTime& step : steps) {
      start_guarded_step();
      for (const std::unique_ptr<Tile>& stage : stages_) run_tile(*stage, {&step, 1}, tiling, times);
    }
  } else {
    start_guarded_step();
    run_tile(tile_for(static_cast<int>(steps.size())), steps, tiling, times);
  }
}

void Stepper::advance_measured(const StepTime& step, PhaseTimes& times,
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
      for_each_index(layout.chunks_of(brick), [&](const grid::Index& chunk) {
        const grid::Box cells = layout.cells_of(grid::box_at(chunk));
        base::Stopwatch chunk_watch;
        update(sweep, b, cells.shifted(grid::Index{} - brick.lower), step);
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
  double min_dt = std::numeric_limits<double>::infinity();
  for (std::size_t b = 0; b < store_->bricks().size(); ++b) {
    catch_failure([&] {
      const int brick = static_cast<int>(b);
      const double dt = solver_->stable_dt(patches_.for_stable_dt(brick),
                                           region_of({{}, store_->bricks()[b].extents()}), time);
      // std::min would not propagate a NaN.
      min_dt = dt < min_dt || dt != dt ? dt : min_dt;
    });
  }
  return min_dt;
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
  catch_failure([&] {
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
