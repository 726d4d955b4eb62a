#include "grid/loop/tile_plan.h"

#include "grid/job/field_formula.h"

#include <algorithm>

namespace tessera::loop {

namespace {

/// Returns the sweeps of `steps` steps, without halo depths, fills and skews.
std::vector<Sweep> sweeps_of(const solver::SolverSchema& schema, int steps) {
  std::vector<Sweep> sweeps;
  std::vector<int> advances(schema.fields.size(), 0);
  for (int step = 0; step < steps; ++step) {
    for (std::size_t s = 0; s < schema.stages.size(); ++s) {
      const solver::StageSchema& stage = schema.stages[s];
      Sweep sweep;
      sweep.step = step;
      sweep.stage = static_cast<int>(s);
      sweep.radius = stage.radius();
      sweep.advances = advances;
      sweeps.push_back(std::move(sweep));
      for (const int f : stage.writes) {
        if (levels_of(schema, f) == 2) ++advances[static_cast<std::size_t>(f)];
      }
    }
  }
  return sweeps;
}

/// The ghost cells of a field that sweeps read: the largest radius, and the number of layers along exchanged
/// axes.
struct NeededGhosts {
  int radius = 0;
  int layers = 0;
};

/// Returns the ghost cells of a field that are read by sweep `first` and the following sweeps, until a sweep
/// writes the field or the step ends. If `same_time_only`, also stops before a sweep that reads the field at
/// a different time than sweep `first`.
NeededGhosts ghosts_needed_until_written(const solver::SolverSchema& schema, const std::vector<Sweep>& sweeps,
                                         std::size_t first, int field, bool same_time_only) {
  const auto stage_of = [&](std::size_t n) -> const solver::StageSchema& {
    return schema.stages[static_cast<std::size_t>(sweeps[n].stage)];
  };
  NeededGhosts needed;
  for (std::size_t n = first; n < sweeps.size(); ++n) {
    const solver::StageSchema& stage = stage_of(n);
    const int radius = stage.read_radius(field);
    if (radius > 0) {
      if (same_time_only && stage.time_offset != stage_of(first).time_offset) break;
      needed.radius = std::max(needed.radius, radius);
      needed.layers = std::max(needed.layers, sweeps[n].halo_depth + radius);
    }
    if (stage.writes_field(field)) break;
    if (n + 1 < sweeps.size() && sweeps[n + 1].step != sweeps[n].step) break;
  }
  return needed;
}

/// The state of the ghost cells of one field beyond the domain, at some point in the tile.
struct GhostState {
  int filled = 0;               ///< layers filled in this step since the last write
  double offset = 0.0;          ///< time for which they were filled, as the time offset of a stage
  int exchanged = 0;            ///< layers exchanged in this step since the last write
  bool filled_in_tile = false;  ///< whether they have been filled in the tile since the last write
};

void add_fills(const solver::SolverSchema& schema, const TimeDependentFields& time_dependent,
               std::vector<Sweep>& sweeps) {
  std::vector<GhostState> ghosts(schema.fields.size());
  const std::vector<int> inputs = boundary_inputs(schema);
  const auto depends_on_time = [&](int field) {
    const auto f = static_cast<std::size_t>(field);
    return f < time_dependent.size() && time_dependent[f];
  };
  for (std::size_t n = 0; n < sweeps.size(); ++n) {
    Sweep& sweep = sweeps[n];
    // Each step fills the ghost cells again, for the time of the step.
    if (n > 0 && sweep.step != sweeps[n - 1].step) {
      for (GhostState& g : ghosts) g.filled = g.exchanged = 0;
    }
    const solver::StageSchema& stage = schema.stages[static_cast<std::size_t>(sweep.stage)];
    const auto fill = [&](int field, int radius) {
      GhostState& g = ghosts[static_cast<std::size_t>(field)];
      const auto existing = std::find_if(sweep.fills.begin(), sweep.fills.end(),
                                         [&](const halo::HaloField& f) { return f.field == field; });
      if (existing != sweep.fills.end()) {
        existing->width = g.filled = radius;
        return;
      }
      sweep.fills.push_back({field, radius});
      sweep.refills = sweep.refills || g.filled_in_tile;
      g.filled = radius;
      g.offset = stage.time_offset;
      g.filled_in_tile = true;
    };
    for (const solver::StageRead& read : stage.reads) {
      GhostState& g = ghosts[static_cast<std::size_t>(read.field)];
      const bool written = is_written(schema, read.field);
      if (written && read.radius > g.exchanged) {
        g.exchanged = ghosts_needed_until_written(schema, sweeps, n, read.field, false).radius;
        sweep.exchange.push_back({read.field, g.exchanged});
      }
      const bool varies_in_time = depends_on_time(read.field);
      const bool is_current = read.radius <= g.filled && (!varies_in_time || g.offset == stage.time_offset);
      if (read.radius == 0 || is_current || !(written || varies_in_time)) continue;
      const NeededGhosts needed = ghosts_needed_until_written(schema, sweeps, n, read.field, varies_in_time);
      fill(read.field, needed.radius);
      sweep.fill_depth = std::max(sweep.fill_depth, needed.layers);
    }
    // The solver's own boundary conditions may read these fields, so fill them to the same depth and for the
    // same time.
    int max_width = 0;
    for (const halo::HaloField& f : sweep.fills) max_width = std::max(max_width, f.width);
    for (const int f : inputs) {
      const GhostState& g = ghosts[static_cast<std::size_t>(f)];
      if (depends_on_time(f) && (g.filled < max_width || (max_width > 0 && g.offset != stage.time_offset)))
        fill(f, max_width);
    }
    std::stable_partition(sweep.fills.begin(), sweep.fills.end(), [&](const halo::HaloField& f) {
      return std::find(inputs.begin(), inputs.end(), f.field) != inputs.end();
    });
    for (const int f : stage.writes) ghosts[static_cast<std::size_t>(f)] = {};
  }
}

/// Chooses the skews such that the following holds whenever a sweep computes a cell: all values that it reads
/// have been written; the ghost cells next to the cell have been filled (from as many layers inside the
/// domain as there are ghost layers); and all earlier sweeps have read the values that it overwrites.
void add_skews(std::vector<Sweep>& sweeps) {
  int skew = 0;
  int previous_radius = 0;
  for (Sweep& sweep : sweeps) {
    int ahead = sweep.radius;
    for (const halo::HaloField& f : sweep.fills) ahead = std::max(ahead, f.width);
    // If ghost cells are refilled, the previous sweep must have read them first.
    sweep.skew = skew + std::max(previous_radius, ahead) + (sweep.refills ? previous_radius : 0);
    sweep.fill_skew = sweep.skew - ahead;
    skew = sweep.skew;
    previous_radius = sweep.radius;
  }
}

/// Sets the halo depths, working backwards from the end of the tile, where only owned cells are needed. A
/// sweep must compute as many ghost layers as later sweeps need of the fields that it writes. Of the fields
/// that it reads, it needs that number of layers plus its radius. Returns, for each field, the number of
/// layers that are needed at the start of the tile; -1 if the tile writes the field before reading it.
std::vector<int> add_halo_depths(const solver::SolverSchema& schema, std::vector<Sweep>& sweeps) {
  std::vector<int> needed(schema.fields.size(), 0);
  for (std::size_t n = sweeps.size(); n-- > 0;) {
    const solver::StageSchema& stage = schema.stages[static_cast<std::size_t>(sweeps[n].stage)];
    int halo_depth = 0;
    for (const int f : stage.writes) halo_depth = std::max(halo_depth, needed[static_cast<std::size_t>(f)]);
    for (const int f : stage.writes) needed[static_cast<std::size_t>(f)] = -1;
    for (const solver::StageRead& r : stage.reads) {
      int& layers = needed[static_cast<std::size_t>(r.field)];
      layers = std::max(layers, halo_depth + r.radius);
    }
    sweeps[n].halo_depth = halo_depth;
  }
  return needed;
}

/// Returns a plan with the given sweeps and the resulting level switches.
TilePlan make_plan(const solver::SolverSchema& schema, std::vector<Sweep> sweeps) {
  TilePlan plan;
  plan.sweeps = std::move(sweeps);
  const Sweep& last = plan.sweeps.back();
  plan.advances = last.advances;
  for (const int f : schema.stages[static_cast<std::size_t>(last.stage)].writes) {
    if (levels_of(schema, f) == 2) ++plan.advances[static_cast<std::size_t>(f)];
  }
  return plan;
}

void set_first_overwrite(const solver::SolverSchema& schema, TilePlan& plan) {
  plan.first_overwrite = static_cast<int>(plan.sweeps.size());
  for (std::size_t n = plan.sweeps.size(); n-- > 0;) {
    const Sweep& sweep = plan.sweeps[n];
    for (const int f : schema.stages[static_cast<std::size_t>(sweep.stage)].writes) {
      const bool sent = std::any_of(plan.exchange.begin(), plan.exchange.end(),
                                    [f](const halo::HaloField& e) { return e.field == f; });
      // The second write of a two-level field overwrites the level that was sent.
      const int writes_before = sweep.advances[static_cast<std::size_t>(f)];
      if (sent && (levels_of(schema, f) == 1 || writes_before > 0))
        plan.first_overwrite = static_cast<int>(n);
    }
  }
}

}  // namespace

int radius_of(const solver::SolverSchema& schema, int field) {
  int max_width = 0;
  for (const solver::StageSchema& s : schema.stages) max_width = std::max(max_width, s.read_radius(field));
  return max_width;
}

bool is_written(const solver::SolverSchema& schema, int field) {
  return std::any_of(schema.stages.begin(), schema.stages.end(),
                     [&](const solver::StageSchema& s) { return s.writes_field(field); });
}

std::vector<int> boundary_inputs(const solver::SolverSchema& schema) {
  std::vector<int> fields;
  for (int f = 0; schema.has_boundary && f < static_cast<int>(schema.fields.size()); ++f) {
    if (schema.fields[static_cast<std::size_t>(f)].kind != solver::FieldKind::constant) continue;
    const bool has_max_radius = std::all_of(
        schema.stages.begin(), schema.stages.end(),
        [f](const solver::StageSchema& s) { return s.radius() == 0 || s.radius() == s.read_radius(f); });
    if (has_max_radius && radius_of(schema, f) > 0) fields.push_back(f);
  }
  return fields;
}

int levels_of(const solver::SolverSchema& schema, int field) { return schema.has_two_levels(field) ? 2 : 1; }

TimeDependentFields time_dependent_fields(const grid::JobSpec& job, const solver::SolverSchema& schema) {
  TimeDependentFields time_dependent(schema.fields.size(), false);
  for (const auto& axis : job.boundary) {
    for (const grid::FaceBoundary& face : axis) {
      if (face.kind == grid::BoundaryKind::custom)
        std::fill(time_dependent.begin(), time_dependent.end(), true);
      for (const grid::FixedValue& v : face.values) {
        const auto* formula = std::get_if<grid::FormulaText>(&v.value);
        const bool depends_on_time = formula != nullptr
                                         ? grid::FieldFormula{*formula, schema, job}.depends_on_time()
                                         : std::holds_alternative<job::TimeSeries>(v.value);
        if (depends_on_time) time_dependent[static_cast<std::size_t>(v.field)] = true;
      }
    }
  }
  return time_dependent;
}

TilePlan plan_steps(const solver::SolverSchema& schema, int steps,
                    const TimeDependentFields& time_dependent) {
  std::vector<Sweep> sweeps = sweeps_of(schema, steps);
  const std::vector<int> needed = add_halo_depths(schema, sweeps);
  add_fills(schema, time_dependent, sweeps);
  add_skews(sweeps);
  TilePlan plan = make_plan(schema, std::move(sweeps));
  for (std::size_t f = 0; f < needed.size(); ++f) {
    const int field = static_cast<int>(f);
    if (needed[f] > 0 && is_written(schema, field)) plan.exchange.push_back({field, needed[f]});
  }
  set_first_overwrite(schema, plan);
  return plan;
}

std::vector<TilePlan> plan_stages(const solver::SolverSchema& schema,
                                  const TimeDependentFields& time_dependent) {
  std::vector<Sweep> all = sweeps_of(schema, 1);
  add_fills(schema, time_dependent, all);
  std::vector<TilePlan> plans;
  for (const Sweep& whole : all) {
    std::vector<Sweep> sweep{whole};
    std::fill(sweep.front().advances.begin(), sweep.front().advances.end(), 0);
    add_skews(sweep);
    TilePlan plan = make_plan(schema, std::move(sweep));
    plan.exchange = whole.exchange;
    set_first_overwrite(schema, plan);
    plans.push_back(std::move(plan));
  }
  return plans;
}

int exchanged_layers(const solver::SolverSchema& schema, int field, int steps) {
  int layers = radius_of(schema, field);
  if (steps == 0) return layers;
  std::vector<Sweep> sweeps = sweeps_of(schema, steps);
  static_cast<void>(add_halo_depths(schema, sweeps));
  for (const Sweep& sweep : sweeps) {
    const solver::StageSchema& stage = schema.stages[static_cast<std::size_t>(sweep.stage)];
    const int radius = stage.read_radius(field);
    if (radius >= 0) layers = std::max(layers, sweep.halo_depth + radius);
    if (stage.writes_field(field)) layers = std::max(layers, sweep.halo_depth);
  }
  return layers;
}

}  // namespace tessera::loop
