// Plans the sweeps between two halo exchanges, from the solver's declarations.
#pragma once

#include "grid/halo/halo_exchange.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <vector>

namespace tessera::loop {

/// One pass of one stage over the cells.
struct Sweep {
  int step = 0;  ///< within the time tile, counted from 0
  int stage = 0;
  int radius = 0;      ///< largest radius at which it reads a field
  int halo_depth = 0;  ///< number of ghost layers that it computes along exchanged axes
  int skew = 0;        ///< number of layers by which it trails a sweep with skew 0
  /// How many times each field has switched levels in the tile before this sweep.
  std::vector<int> advances;
  /// Fields whose ghost cells beyond the domain must be filled before the sweep, and the number of layers to
  /// fill. Excludes ghost cells that an earlier sweep of the same step has filled (for the same time, if they
  /// depend on time).
  std::vector<halo::HaloField> fills;
  /// Ghost layers to exchange before the sweep if every sweep is a tile of its own.
  std::vector<halo::HaloField> exchange;
  bool refills = false;  ///< whether some fills overwrite ghost cells that an earlier sweep may still read
  int fill_depth = 0;    ///< number of ghost layers along exchanged axes that the fills cover
  int fill_skew = 0;     ///< skew of the fills
};

/// Consecutive sweeps without an exchange between them: one stage of one step, or all stages of one or more
/// steps. A sweep computes as many ghost layers as later sweeps of the tile read, so that one exchange before
/// the tile serves all of them.
struct TilePlan {
  std::vector<Sweep> sweeps;
  std::vector<halo::HaloField> exchange;  ///< ghost layers to exchange before the tile
  std::vector<int> advances;              ///< level switches of each field in the whole tile
  /// Index of the first sweep that overwrites cells that the exchange sends; number of sweeps if none does.
  int first_overwrite = 0;

  /// Skew of the last sweep, in layers.
  int skew() const { return sweeps.back().skew; }
};

/// For each field, whether its ghost cells beyond the domain depend on time. Empty: none do.
using TimedFields = std::vector<bool>;

/// Returns the fields for which the job has a boundary formula that uses `t`, or all fields if a face has the
/// solver's own boundary condition. Pure.
TimedFields timed_fields(const grid::JobSpec& job, const solver::SolverSchema& schema);

/// Plans a time tile of all stages of `steps` steps. Pure.
TilePlan plan_steps(const solver::SolverSchema& schema, int steps, const TimedFields& timed = {});

/// Plans one step with one tile per stage, so that exchanges are narrow and frequent, and no cell is computed
/// twice. The ghost cells of a field stay valid until the field is written; they are exchanged to the largest
/// width that any stage reads until then. Pure.
std::vector<TilePlan> plan_stages(const solver::SolverSchema& schema, const TimedFields& timed = {});

/// Number of time levels of a field: 2 if some stage writes it and reads it beyond the cell itself, else 1.
int levels_of(const solver::SolverSchema& schema, int field);

/// Largest radius at which any stage reads a field.
int radius_of(const solver::SolverSchema& schema, int field);

/// Whether any stage writes the field.
bool is_written(const solver::SolverSchema& schema, int field);

/// The constant fields that the solver's own boundary conditions may read while they fill another field:
/// those that every stage reads with at least the largest radius of its reads, so that their ghost cells are
/// as deep, and filled for the same time. None if the solver has no boundary conditions.
std::vector<int> boundary_inputs(const solver::SolverSchema& schema);

/// Number of ghost layers that a field needs along exchanged axes for time tiles of up to `steps` steps (0:
/// one tile per stage).
int exchanged_layers(const solver::SolverSchema& schema, int field, int steps);

}  // namespace tessera::loop
