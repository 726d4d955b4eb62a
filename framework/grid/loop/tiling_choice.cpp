#include "grid/loop/tiling_choice.h"

#include "grid/loop/tile_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace tessera::loop {

namespace {

/// Number of cells per solver call below which the overhead of the call is noticeable.
constexpr double target_cells_per_call = 8192.0;
/// The same number for tiles of at most one step. It is larger because such tiles gain nothing from small
/// boxes, and because solvers may reuse values that neighbouring rows share, but only within a call.
constexpr double target_cells_per_call_of_one_step = 65536.0;
/// Fraction of a cache that is available for the data of a computation.
constexpr double usable_fraction = 0.7;
/// Whole planes are preferred if they fit in the cache for time tiles with this number of ghost layers.
constexpr int whole_plane_layers = 6;
/// Largest fraction of redundantly computed cells that a time tile may have.
constexpr double max_redundant_fraction = 0.3;

/// Size in bytes per cell of one time level of all fields that a stage writes, or reads beyond the cell
/// itself.
double sweep_bytes_per_cell(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (!is_written(schema, f) && radius_of(schema, f) == 0) continue;
    bytes += field.components * (field.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return std::max(bytes, 4.0);
}

/// Size in bytes per cell of all time levels of all fields that stages use.
double stored_bytes_per_cell(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (field.kind == solver::FieldKind::derived || field.kind == solver::FieldKind::statistic) continue;
    bytes += levels_of(schema, f) * field.components * (field.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return bytes;
}

struct CostModel {
  const grid::JobSpec& job;
  const solver::SolverSchema& schema;
  const TilingInput& input;
  TimeDependentFields time_dependent = time_dependent_fields(job, schema);

  int dimensions() const { return job.geometry.dimensions; }
  int last_axis() const { return dimensions() - 1; }

  double cells() const {
    return static_cast<double>(input.max_brick_extent[0]) * static_cast<double>(input.max_brick_extent[1]) *
           static_cast<double>(input.max_brick_extent[2]);
  }
  bool fits_cache() const {
    return cells() * stored_bytes_per_cell(schema) < usable_fraction * input.l3_bytes;
  }

  /// Number of ghost layers that time tiles of `steps` steps exchange.
  int layers(int steps) const {
    int max_layers = 0;
    for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
      max_layers = std::max(max_layers, exchanged_layers(schema, f, steps));
    }
    return max_layers;
  }

  /// Number of steps per time tile for which about `depth` ghost layers are exchanged.
  int steps_for_depth(int depth) const { return std::max(1, depth / std::max(1, layers(1))); }

  /// Number of cells computed redundantly, relative to the number of cells in the brick.
  double redundant_fraction(int steps, bool has_row_tiles) const {
    double factor = 1.0;
    for (int a = 0; a < dimensions(); ++a) {
      const auto n = static_cast<std::size_t>(a);
      const bool has_halo =
          input.is_split[n] || (job.geometry.periodic[n] && (a == last_axis() || (has_row_tiles && a == 1)));
      // There are two sides, and a sweep computes half of the layers on average.
      if (has_halo)
        factor *= 1.0 + static_cast<double>(layers(steps)) / static_cast<double>(input.max_brick_extent[a]);
    }
    return factor - 1.0;
  }

  /// Working set of a time tile of `steps` steps: two levels of the planes between the first and the last
  /// sweep. In bytes per row of a plane; in two dimensions, in bytes per cell of a row.
  double window_bytes_per_row(int steps) const {
    const double skew = plan_steps(schema, steps, time_dependent).skew();
    const double row = dimensions() == 3 ? static_cast<double>(input.max_brick_extent[0]) : 1.0;
    return (skew + 2.0) * 2.0 * row * sweep_bytes_per_cell(schema);
  }

  /// Number of rows per plane; in two dimensions, cells per row.
  std::int64_t rows_per_plane() const {
    return dimensions() == 3 ? input.max_brick_extent[1] : input.max_brick_extent[0];
  }

  /// Whether the working set of whole planes fits in the last-level cache.
  bool planes_fit(int steps) const {
    return window_bytes_per_row(steps) * static_cast<double>(rows_per_plane()) <
           usable_fraction * input.l3_bytes;
  }

  /// Number of rows per tile for which the working set fits in the last-level cache; 0: whole planes, -1: no
  /// tile of `steps` steps pays off. Each sweep shifts the tile by its skew.
  int rows_per_tile(int steps) const {
    if (planes_fit(steps)) return 0;
    if (dimensions() < 3) return -1;
    const double skew = plan_steps(schema, steps, time_dependent).skew();
    const double fitting_rows = usable_fraction * input.l3_bytes / window_bytes_per_row(steps) - skew;
    return fitting_rows < 2.0 * skew ? -1 : static_cast<int>(fitting_rows) / 8 * 8;
  }

  /// Whether time tiles of `steps` steps are allowed: not too long, no ghost layers that are too deep for the
  /// bricks, and few cells computed redundantly.
  bool is_feasible(int steps, bool has_row_tiles) const {
    if (steps > input.max_tile_steps) return false;
    const int depth = layers(steps);
    for (int a = 0; a < dimensions(); ++a) {
      if (depth > job.geometry.cells[a] || 2 * depth > std::max<std::int64_t>(input.max_brick_extent[a], 2))
        return false;
    }
    return redundant_fraction(steps, has_row_tiles) <= max_redundant_fraction;
  }

  int planes_per_tile(int steps, int rows) const {
    double plane_cells = 1.0;
    for (int a = 0; a < last_axis(); ++a) plane_cells *= static_cast<double>(input.max_brick_extent[a]);
    if (dimensions() == 3 && rows > 0) plane_cells = static_cast<double>(input.max_brick_extent[0]) * rows;
    const double planes = std::max(
        1.0,
        std::floor((steps > 1 ? target_cells_per_call : target_cells_per_call_of_one_step) / plane_cells));
    return static_cast<int>(std::min(planes, 1e6));
  }
};

/// Collects the candidates without duplicates. The most promising candidate must be added first. Settings in
/// [performance] override the arguments of add().
class Candidates {
 public:
  explicit Candidates(const CostModel& model) : model_{model}, spec_{model.job.performance} {}

  void add(int steps, int rows = 0, bool streaming = false) {
    Tiling t{steps, model_.dimensions() == 3 ? spec_.tile_rows.value_or(rows) : 0, 1,
             spec_.streaming.value_or(streaming)};
    if (t.rows >= model_.input.max_brick_extent[1]) t.rows = 0;
    t.planes = model_.planes_per_tile(t.steps, t.rows);
    if (std::find(all_.begin(), all_.end(), t) == all_.end()) all_.push_back(t);
  }

  void add_requested_steps(int steps) {
    add(steps, steps > 1 ? std::max(0, model_.rows_per_tile(steps)) : 0);
    if (steps <= 1 && !model_.fits_cache() && has_one_stage()) add(steps, 0, true);
  }

  void add_beyond_cache() {
    // If whole planes fit, no candidate has tiles of rows, because a single such candidate would deepen the
    // ghost layers along y for all candidates.
    const bool whole_planes = model_.planes_fit(model_.steps_for_depth(whole_plane_layers));
    // The depths that were fastest in measurements come first, because a short run tries only the first few.
    const std::array<int, 4> depths = model_.dimensions() < 3 ? std::array{12, 24, 16, 8}
                                      : whole_planes          ? std::array{6, 8, 12, 4}
                                                              : std::array{12, 8, 6, 4};
    for (const int layers : depths) {
      const int steps = model_.steps_for_depth(layers);
      const int tile_rows = model_.rows_per_tile(steps);
      if (tile_rows < 0 || (whole_planes && tile_rows > 0) || !model_.is_feasible(steps, tile_rows > 0))
        continue;
      add(steps, tile_rows);
      if (all_.size() == 1) add(0);
    }
    if (all_.empty()) add(0);
    add_tile_of_one_step();
  }

  void add_within_cache() {
    add(0);
    for (const int steps : {4, 8}) {
      if (model_.is_feasible(steps, false)) add(steps);
    }
    add_tile_of_one_step();
  }

  std::vector<Tiling> take() && {
    if (!spec_.autotune) all_.resize(1);
    return std::move(all_);
  }

 private:
  bool has_one_stage() const { return model_.schema.stages.size() == 1; }

  void add_tile_of_one_step() {
    // If there is only one stage, a tile of one step is the same as a tile of one stage.
    if (!has_one_stage() && model_.is_feasible(1, false)) add(1);
  }

  const CostModel& model_;
  const grid::PerformanceSpec& spec_;
  std::vector<Tiling> all_;
};

TilingLimits limits_of(const CostModel& model, const std::vector<Tiling>& candidates) {
  TilingLimits limits;
  bool has_row_tiles = false;
  for (const Tiling& t : candidates) {
    limits.steps = std::max(limits.steps, t.steps);
    has_row_tiles = has_row_tiles || t.rows > 0;
  }
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    const bool is_used = a < model.dimensions();
    // Along an axis with several tiles, a brick cannot fill periodic ghost cells from its own opposite end,
    // because that end is computed in another tile.
    const bool has_tiles = a == model.last_axis() || (a == 1 && has_row_tiles);
    limits.exchanged[n] =
        is_used && (model.input.is_split[n] || (model.job.geometry.periodic[n] && has_tiles));
    limits.wrapped[n] = is_used && model.job.geometry.periodic[n] && !limits.exchanged[n];
  }
  return limits;
}

}  // namespace

TilingChoice choose_tiling(const grid::JobSpec& job, const solver::SolverSchema& schema,
                           const TilingInput& input) {
  const CostModel model{job, schema, input};
  Candidates candidates{model};
  if (job.performance.steps_per_exchange) {
    candidates.add_requested_steps(*job.performance.steps_per_exchange);
  } else if (!input.one_brick_per_rank || schema.one_step) {
    candidates.add(0);
  } else if (model.fits_cache()) {
    candidates.add_within_cache();
  } else {
    candidates.add_beyond_cache();
  }
  TilingChoice choice;
  choice.candidates = std::move(candidates).take();
  choice.limits = limits_of(model, choice.candidates);
  return choice;
}

}  // namespace tessera::loop
