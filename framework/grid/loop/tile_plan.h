// Plans the sweeps between two halo exchanges from the solver's declarations.
#pragma once

#include "grid/halo/halo_exchange.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <vector>

namespace tessera::loop {

/// One pass of one stage over the cells.
struct Sweep {
  int step = 0;  ///< index of the step in the time tile, counted from 0
  int stage = 0;
  int radius = 0;      ///< largest radius at which the stage reads a field
  int halo_depth = 0;  ///< number of ghost layers that the sweep computes along exchanged axes
  int skew = 0;        ///< number of layers by which the sweep trails a sweep with skew 0
  /// Number of times that each field has switched levels in the tile before this sweep.
  std::vector<int> advances;
  /// Fields whose ghost cells beyond the domain must be filled before the sweep, and the number of layers to
  /// fill. Excludes ghost cells that are still valid because an earlier sweep of the same step has filled
  /// them (for the same time, if they depend on time).
  std::vector<halo::HaloField> fills;
  /// Ghost layers to exchange before the sweep if each sweep is a separate tile.
  std::vector<halo::HaloField> exchange;
  bool refills = false;  ///< whether some fills overwrite ghost cells that an earlier sweep may still read
  int fill_depth = 0;    ///< number of ghost layers along exchanged axes that the fills cover
  int fill_skew = 0;     ///< skew of the fills
};

/// Consecutive sweeps without an exchange between them: one stage of one step, or all stages of one or more
/// steps. A sweep computes as many ghost layers as later sweeps of the tile need, so that one exchange before
/// the tile is sufficient.
struct TilePlan {
  std::vector<Sweep> sweeps;
  std::vector<halo::HaloField> exchange;  ///< ghost layers to exchange before the tile
  std::vector<int> advances;              ///< level switches of each field in the whole tile
  /// Index of the first sweep that overwrites cells that the exchange sends; the number of sweeps if there is
  /// none.
  int first_overwrite = 0;

  /// Skew of the last sweep, in layers.
  int skew() const { return sweeps.back().skew; }
};

/// For each field, whether its ghost cells beyond the domain depend on time; empty if none do.
using TimeDependentFields = std::vector<bool>;

/// Marks the fields for which the job has a boundary formula that uses `t`; marks all fields if a face has
/// the solver's own boundary condition.
TimeDependentFields time_dependent_fields(const grid::JobSpec& job, const solver::SolverSchema& schema);

/// Plans a time tile that consists of all stages of `steps` steps.
TilePlan plan_steps(const solver::SolverSchema& schema, int steps,
                    const TimeDependentFields& time_dependent = {});

/// Plans one step with one tile per stage. Exchanges are narrow and frequent, and no cell is computed
/// redundantly. The ghost cells of a field stay valid until the field is written, so they are exchanged to
/// the largest width that any stage reads until then.
std::vector<TilePlan> plan_stages(const solver::SolverSchema& schema,
                                  const TimeDependentFields& time_dependent = {});

/// Number of time levels of a field: 2 if a stage both writes it and reads it beyond the cell itself,
/// otherwise 1.
int levels_of(const solver::SolverSchema& schema, int field);

/// Largest radius at which any stage reads a field.
int radius_of(const solver::SolverSchema& schema, int field);

/// Whether any stage writes the field.
bool is_written(const solver::SolverSchema& schema, int field);

/// The constant fields that the solver's own boundary conditions may read while they fill another field.
/// Every stage reads these fields with the largest radius of its reads, so that their ghost cells are as deep
/// as those of the other field, and filled for the same time. Empty if the solver has no boundary conditions
/// of its own.
std::vector<int> boundary_inputs(const solver::SolverSchema& schema);

/// Number of ghost layers that a field needs along exchanged axes for time tiles of up to `steps` steps.
/// `steps` = 0: one tile per stage.
int exchanged_layers(const solver::SolverSchema& schema, int field, int steps);

}  // namespace tessera::loop
