// Plans the sweeps between two halo exchanges, derived from what the solver declares.
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
  int radius = 0;      ///< largest radius of its reads
  int halo_depth = 0;  ///< ghost layers that it computes along exchanged axes
  int skew = 0;        ///< layers by which it trails the start of the tile
  /// How many times each field has switched levels in the tile before this sweep.
  std::vector<int> advances;
  /// Ghost cells beyond the domain to fill before the sweep, with their layers along the normal; without
  /// those that an earlier sweep of the same step has filled, for the same time if they depend on it.
  std::vector<halo::HaloField> fills;
  /// Ghost layers to refresh before the sweep if each sweep is a tile of its own.
  std::vector<halo::HaloField> exchange;
  bool refills = false;  ///< whether some of these had been filled for an earlier time
  int fill_depth = 0;    ///< ghost layers along exchanged axes that the fills extend over
  int fill_skew = 0;     ///< skew of the fills
};

/// Consecutive sweeps without an exchange between them: one stage of one step, or all stages of several
/// steps. A sweep computes as many ghost layers as later sweeps of the tile read, so that one exchange
/// before the tile serves all of them.
struct TilePlan {
  std::vector<Sweep> sweeps;
  std::vector<halo::HaloField> exchange;  ///< ghost layers to refresh before the tile
  std::vector<int> advances;              ///< level switches of each field in the whole tile
  /// Index of the first sweep that overwrites cells which the exchange sends; number of sweeps if none does.
  int first_overwrite = 0;

  /// Skew of the last sweep, in layers.
  int skew() const { return sweeps.back().skew; }
};

/// Which fields have ghost cells beyond the domain whose values depend on time, by index. Empty: none.
using TimedFields = std::vector<bool>;

/// The fields for which the job has a boundary formula that uses `t`, and all fields if it has faces with the
/// solver's own boundary conditions. Pure.
TimedFields timed_fields(const grid::JobSpec& job, const solver::SolverSchema& schema);

/// Plans a time tile of all stages of `steps` steps. Pure.
TilePlan plan_steps(const solver::SolverSchema& schema, int steps, const TimedFields& timed = {});

/// Plans one step with one tile per stage: exchanges are narrow and frequent, and no cell is computed twice.
/// The ghost cells of a field stay valid until the field is written, and are refreshed to the largest width
/// that any stage reads until then. Pure.
std::vector<TilePlan> plan_stages(const solver::SolverSchema& schema, const TimedFields& timed = {});

/// Number of time levels of a field: 2 if some stage reads it beyond the cell itself and writes it, else 1.
int levels_of(const solver::SolverSchema& schema, int field);

/// Largest radius at which any stage reads a field.
int radius_of(const solver::SolverSchema& schema, int field);

/// Whether any stage writes the field.
bool is_written(const solver::SolverSchema& schema, int field);

/// Number of ghost layers that a field needs along exchanged axes for time tiles of up to `steps` steps (0:
/// one tile per stage).
int exchanged_layers(const solver::SolverSchema& schema, int field, int steps);

}  // namespace tessera::loop
