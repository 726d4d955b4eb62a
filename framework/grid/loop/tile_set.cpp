#include "grid/loop/tile_set.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tessera::loop {

TileSet::TileSet(const transport::Communicator& comm, const solver::SolverSchema& schema,
                 const grid::JobSpec& job, const partition::Partition& partition, field::FieldStore& store,
                 const TilingLimits& limits, halo::SharedFields* shared)
    : comm_{&comm},
      schema_{&schema},
      partition_{&partition},
      store_{&store},
      shared_{shared},
      geometry_{job.geometry},
      limits_{limits},
      uses_guard_{job.performance.guard},
      time_dependent_fields_{time_dependent_fields(job, schema)} {
  for (TilePlan& plan : plan_stages(schema, time_dependent_fields_))
    stages_.push_back(make_tile(std::move(plan)));
  if (limits.steps > 0) static_cast<void>(tile_of(limits.steps));
}

Tile& TileSet::tile_of(int steps) {
  std::unique_ptr<Tile>& tile = tiles_[steps];
  if (!tile) tile = make_tile(plan_steps(*schema_, steps, time_dependent_fields_));
  return *tile;
}

std::unique_ptr<Tile> TileSet::make_tile(TilePlan plan) {
  auto tile = std::make_unique<Tile>();
  tile->plan = std::move(plan);
  const std::vector<Sweep>& sweeps = tile->plan.sweeps;
  if (!tile->plan.exchange.empty() && limits_.exchanged != std::array{false, false, false}) {
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
std::int64_t TileSet::add_pass(Tile& tile, std::size_t brick, int depth, int skew) const {
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

grid::Box TileSet::region_around(int brick, int layers) const {
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

halo::Traffic TileSet::traffic(const std::vector<int>& nodes) const {
  halo::Traffic t;
  const auto add = [&](const Tile& tile) {
    if (tile.exchange) t += tile.exchange->traffic(nodes);
  };
  for (const auto& stage : stages_) add(*stage);
  for (const auto& [steps, tile] : tiles_) add(*tile);
  return t;
}

}  // namespace tessera::loop
