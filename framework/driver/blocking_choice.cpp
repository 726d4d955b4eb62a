#include "driver/blocking_choice.h"

#include "driver/block_plan.h"

#include <algorithm>
#include <cmath>

namespace tessera::driver {

namespace {

/// Cells of a call to the solver below which the call itself shows.
constexpr double cells_a_call = 8192.0;
/// Share of a cache that the data of a computation can count on.
constexpr double usable = 0.6;
/// Share of cells computed twice that a block may cost.
constexpr double most_redundant = 0.3;

/// Bytes a cell takes in one level of the fields that stages write or read around it.
double moving_bytes(const job::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const job::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (!is_written(schema, f) && radius_of(schema, f) == 0) continue;
    bytes += field.components * (field.scalar == job::Scalar::float64 ? 8.0 : 4.0);
  }
  return std::max(bytes, 4.0);
}

double all_bytes(const job::SolverSchema& schema) {
  double bytes = 0.0;
  for (int f = 0; f < static_cast<int>(schema.fields.size()); ++f) {
    const job::FieldSchema& field = schema.fields[static_cast<std::size_t>(f)];
    if (field.kind == job::FieldKind::derived) continue;
    bytes += levels_of(schema, f) * field.components * (field.scalar == job::Scalar::float64 ? 8.0 : 4.0);
  }
  return bytes;
}

struct Model {
  const job::JobSpec& job;
  const job::SolverSchema& schema;
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

  /// Rows of a tile, 0 for whole planes.
  int rows() const {
    if (dimensions() < 3) return 0;
    const double planes = 2.0 * schema.radius() + 2.0;
    const double fit =
        usable * input.l2_bytes / (planes * static_cast<double>(input.brick[0]) * moving_bytes(schema));
    if (fit >= static_cast<double>(input.brick[1])) return 0;
    return std::max(8, static_cast<int>(fit) / 8 * 8);
  }

  /// Whether all planes that a block of `steps` steps works on at a time stay in the last-level cache.
  bool window_fits(int steps, int tile) const {
    const double lag = plan_steps(schema, steps).lag();
    double plane = moving_bytes(schema);
    for (int a = 0; a < last(); ++a) {
      plane *= a == 1 && tile > 0 ? tile : static_cast<double>(input.brick[a]);
    }
    return (lag + 2.0) * 2.0 * plane < usable * input.l3_bytes;
  }

  bool possible(int steps, bool tiled) const {
    if (steps > input.longest) return false;
    const int deep = layers(steps);
    for (int a = 0; a < dimensions(); ++a) {
      if (deep > job.geometry.cells[a] || 2 * deep > std::max<std::int64_t>(input.brick[a], 2)) return false;
    }
    return redundant(steps, tiled) <= most_redundant;
  }

  int layers_a_go(int rows) const {
    double plane = 1.0;
    for (int a = 0; a < last(); ++a) plane *= static_cast<double>(input.brick[a]);
    if (dimensions() == 3 && rows > 0) plane = static_cast<double>(input.brick[0]) * rows;
    const double go = std::max(1.0, std::floor(cells_a_call / plane));
    return static_cast<int>(std::min(go, 1e6));
  }
};

}  // namespace

BlockingChoice choose_blocking(const job::JobSpec& job, const job::SolverSchema& schema,
                               const BlockingInput& input) {
  const Model model{job, schema, input};
  const job::PerformanceSpec& asked = job.performance;
  BlockingChoice choice;
  std::vector<Blocking>& candidates = choice.candidates;
  const auto add = [&](int steps, int rows, bool streaming) {
    Blocking b{steps, model.dimensions() == 3 ? asked.tile_rows.value_or(rows) : 0, 1,
               asked.streaming.value_or(streaming)};
    if (b.rows >= input.brick[1]) b.rows = 0;
    b.layers = model.layers_a_go(b.rows);
    if (std::find(candidates.begin(), candidates.end(), b) == candidates.end()) candidates.push_back(b);
  };

  const bool large = !model.fits_cache();
  const int tile = model.rows();
  const int one = schema.stages.size() == 1 ? 0 : 1;  // a step of one stage is a block either way
  if (asked.steps_per_exchange) {
    const int steps = *asked.steps_per_exchange;
    add(steps, steps > 1 ? tile : 0, false);
    if (steps > 1 && tile > 0) add(steps, 0, false);
    if (steps <= 1 && large && schema.stages.size() == 1) add(steps, 0, true);
  } else if (!input.one_brick || schema.one_step) {
    add(0, 0, false);
  } else {
    if (large) {
      for (const int steps : {8, 12, 4}) {
        if (model.possible(steps, tile > 0) && model.window_fits(steps, tile)) add(steps, tile, false);
        if (candidates.size() == 1) add(0, 0, false);
      }
      if (candidates.empty()) add(0, 0, false);
    } else {
      add(0, 0, false);
      for (const int steps : {4, 8}) {
        if (model.possible(steps, false)) add(steps, 0, false);
      }
    }
    if (one == 1 && model.possible(1, false)) add(1, 0, false);
  }
  if (!job.performance.autotune) candidates.resize(1);

  bool tiled = false;
  for (const Blocking& b : candidates) {
    choice.limits.steps = std::max(choice.limits.steps, b.steps);
    tiled = tiled || b.rows > 0;
  }
  for (int a = 0; a < 3; ++a) {
    const auto n = static_cast<std::size_t>(a);
    const bool inside = a < model.dimensions();
    // Layers that are computed one after another cannot be each other's periodic images.
    const bool ordered = a == model.last() || (a == 1 && tiled);
    choice.limits.exchanged[n] = inside && (input.cut[n] || (job.geometry.periodic[n] && ordered));
    choice.limits.wrapped[n] = inside && job.geometry.periodic[n] && !choice.limits.exchanged[n];
  }
  return choice;
}

}  // namespace tessera::driver
