#include "grid/loop/blocking_choice.h"

#include "grid/loop/block_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace tessera::loop {

namespace {

/// Cells of a call to the solver below which the call itself shows.
constexpr double cells_a_call = 8192.0;
/// The same where nothing is gained by small boxes, as only one step is taken: solvers may keep what
/// neighbouring rows share, and begin anew in each call.
constexpr double cells_a_call_of_one_step = 65536.0;
/// Share of a cache that the data of a computation can count on.
constexpr double usable = 0.7;
/// A window of whole planes is worth having for blocks of as many layers of ghost cells.
constexpr int least_layers = 6;
/// Share of cells computed twice that a block may cost.
constexpr double most_redundant = 0.3;

/// Bytes a cell takes in one level of the fields that stages write or read around it.
double moving_bytes(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (!is_written(schema, f) && radius_of(schema, f) == 0) continue;
    bytes += field.components * (field.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return std::max(bytes, 4.0);
}

double all_bytes(const solver::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const solver::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (field.kind == solver::FieldKind::derived) continue;
    bytes += levels_of(schema, f) * field.components * (field.scalar == solver::Scalar::float64 ? 8.0 : 4.0);
  }
  return bytes;
}

struct Model {
  const grid::JobSpec& job;
  const solver::SolverSchema& schema;
  const BlockingInput& input;

  int dimensions() const { return job.geometry.dimensions; }
  int last() const { return dimensions() - 1; }

  double cells() const {
    return static_cast<double>(input.brick[0]) * static_cast<double>(input.brick[1]) *
           static_cast<double>(input.brick[2]);
  }
  bool fits_cache() const { return cells() * all_bytes(schema) < usable * input.l3_bytes; }

  /// Layers of ghost cells that blocks of `steps` steps exchange.
  int layers(int steps) const {
    int most = 0;
    for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
      most = std::max(most, exchanged_layers(schema, f, steps));
    }
    return most;
  }

  /// Steps of a block that exchanges about as many layers.
  int steps_of(int deep) const { return std::max(1, deep / std::max(1, layers(1))); }

  /// Cells computed more than once, as a share.
  double redundant(int steps, bool tiled) const {
    double factor = 1.0;
    for (int a = 0; a < dimensions(); ++a) {
      const auto n = static_cast<std::size_t>(a);
      const bool deep = input.cut[n] || (job.geometry.periodic[n] && (a == last() || (tiled && a == 1)));
      // Both sides, half of the layers on the average over the sweeps.
      if (deep) factor *= 1.0 + static_cast<double>(layers(steps)) / static_cast<double>(input.brick[a]);
    }
    return factor - 1.0;
  }

  /// Bytes of the last-level cache that a block of `steps` steps works on at a time, for each row of a plane
  /// (each cell of a row in two dimensions): both levels of the planes between the first sweep and the last.
  double window_bytes_a_row(int steps) const {
    const double lag = plan_steps(schema, steps).lag();
    const double row = dimensions() == 3 ? static_cast<double>(input.brick[0]) : 1.0;
    return (lag + 2.0) * 2.0 * row * moving_bytes(schema);
  }

  /// Rows of a plane; cells of a row in two dimensions.
  std::int64_t plane_rows() const { return dimensions() == 3 ? input.brick[1] : input.brick[0]; }

  bool planes_fit(int steps) const {
    return window_bytes_a_row(steps) * static_cast<double>(plane_rows()) < usable * input.l3_bytes;
  }

  /// Rows of a tile with which the window stays in the last-level cache; 0: whole planes, -1: no tile is
  /// worth it. Each sweep moves the tile on by its lag.
  int rows(int steps) const {
    if (planes_fit(steps)) return 0;
    if (dimensions() < 3) return -1;
    const double lag = plan_steps(schema, steps).lag();
    const double fit = usable * input.l3_bytes / window_bytes_a_row(steps) - lag;
    return fit < 2.0 * lag ? -1 : static_cast<int>(fit) / 8 * 8;
  }

  bool possible(int steps, bool tiled) const {
    if (steps > input.longest) return false;
    const int deep = layers(steps);
    for (int a = 0; a < dimensions(); ++a) {
      if (deep > job.geometry.cells[a] || 2 * deep > std::max<std::int64_t>(input.brick[a], 2)) return false;
    }
    return redundant(steps, tiled) <= most_redundant;
  }

  int layers_a_go(int steps, int rows) const {
    double plane = 1.0;
    for (int a = 0; a < last(); ++a) plane *= static_cast<double>(input.brick[a]);
    if (dimensions() == 3 && rows > 0) plane = static_cast<double>(input.brick[0]) * rows;
    const double go =
        std::max(1.0, std::floor((steps > 1 ? cells_a_call : cells_a_call_of_one_step) / plane));
    return static_cast<int>(std::min(go, 1e6));
  }
};

/// In the order in which they are worth trying, without repetitions; at least one.
class Candidates {
 public:
  explicit Candidates(const Model& model) : model_{model}, asked_{model.job.performance} {}

  void add(int steps, int rows = 0, bool streaming = false) {
    Blocking b{steps, model_.dimensions() == 3 ? asked_.tile_rows.value_or(rows) : 0, 1,
               asked_.streaming.value_or(streaming)};
    if (b.rows >= model_.input.brick[1]) b.rows = 0;
    b.layers = model_.layers_a_go(b.steps, b.rows);
    if (std::find(all_.begin(), all_.end(), b) == all_.end()) all_.push_back(b);
  }

  void add_asked_steps(int steps) {
    add(steps, steps > 1 ? std::max(0, model_.rows(steps)) : 0);
    if (steps <= 1 && !model_.fits_cache() && has_one_stage()) add(steps, 0, true);
  }

  void add_beyond_cache() {
    // Where whole planes will do, all candidates have them: tiles make ghost cells along y deep for all.
    const bool whole = model_.planes_fit(model_.steps_of(least_layers));
    // The fastest first, as measured: the first ones of a run are all that a short run tries.
    const std::array<int, 4> depths = model_.dimensions() < 3 ? std::array{12, 24, 16, 8}
                                      : whole                 ? std::array{6, 8, 12, 4}
                                                              : std::array{12, 8, 6, 4};
    for (const int layers : depths) {
      const int steps = model_.steps_of(layers);
      const int tile = model_.rows(steps);
      if (tile < 0 || (whole && tile > 0) || !model_.possible(steps, tile > 0)) continue;
      add(steps, tile);
      if (all_.size() == 1) add(0);
    }
    if (all_.empty()) add(0);
    add_block_of_one_step();
  }

  void add_within_cache() {
    add(0);
    for (const int steps : {4, 8}) {
      if (model_.possible(steps, false)) add(steps);
    }
    add_block_of_one_step();
  }

  std::vector<Blocking> take() && {
    if (!asked_.autotune) all_.resize(1);
    return std::move(all_);
  }

 private:
  bool has_one_stage() const { return model_.schema.stages.size() == 1; }

  void add_block_of_one_step() {
    // A step of one stage is a block either way.
    if (!has_one_stage() && model_.possible(1, false)) add(1);
  }

  const Model& model_;
  const grid::PerformanceSpec& asked_;
  std::vector<Blocking> all_;
};

BlockingLimits limits_of(const Model& model, const std::vector<Blocking>& candidates) {
  BlockingLimits limits;
  bool tiled = false;
  for (const Blocking& b : candidates) {
    limits.steps = std::max(limits.steps, b.steps);
    tiled = tiled || b.rows > 0;
  }
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    const bool inside = a < model.dimensions();
    // Layers that are computed one after another cannot be each other's periodic images.
    const bool ordered = a == model.last() || (a == 1 && tiled);
    limits.exchanged[n] = inside && (model.input.cut[n] || (model.job.geometry.periodic[n] && ordered));
    limits.wrapped[n] = inside && model.job.geometry.periodic[n] && !limits.exchanged[n];
  }
  return limits;
}

}  // namespace

BlockingChoice choose_blocking(const grid::JobSpec& job, const solver::SolverSchema& schema,
                               const BlockingInput& input) {
  const Model model{job, schema, input};
  Candidates candidates{model};
  if (job.performance.steps_per_exchange) {
    candidates.add_asked_steps(*job.performance.steps_per_exchange);
  } else if (!input.one_brick || schema.one_step) {
    candidates.add(0);
  } else if (model.fits_cache()) {
    candidates.add_within_cache();
  } else {
    candidates.add_beyond_cache();
  }
  BlockingChoice choice;
  choice.candidates = std::move(candidates).take();
  choice.limits = limits_of(model, choice.candidates);
  return choice;
}

}  // namespace tessera::loop
