// What a block of sweeps does between two exchanges, derived from what the solver declares.
#pragma once

#include "grid/halo/halo_exchange.h"
#include "grid/solver/solver_schema.h"

#include <vector>

namespace tessera::loop {

/// One pass of one stage over the cells.
struct Sweep {
  int step = 0;  ///< of the block, counted from 0
  int stage = 0;
  int radius = 0;  ///< widest read
  int reach = 0;   ///< layers of ghost cells that it computes along exchanged axes
  int lag = 0;     ///< layers by which it follows the beginning of the block
  /// How often each field has switched levels since the block began, before this sweep.
  std::vector<int> advances;
  /// Ghost cells beyond the domain to fill before it, layers along the normal; what a sweep before it has
  /// of the same step has filled is left out.
  std::vector<halo::HaloField> fills;
  bool refills = false;  ///< whether some of them are filled anew, for another time than before
  int fill_reach = 0;    ///< layers of ghost cells along exchanged axes next to which they are wanted
  int fill_lag = 0;      ///< as `lag`, of the filling
};

/// Sweeps that are taken one after another without an exchange: some stages of one step, or all stages of
/// several steps. A sweep computes as many layers of ghost cells as later sweeps of the block read, so that
/// one exchange before the block serves all of them.
struct BlockPlan {
  std::vector<Sweep> sweeps;
  std::vector<halo::HaloField> exchange;  ///< ghost layers to refresh before the block
  std::vector<int> advances;              ///< of each field, at the end of the block
  /// The first sweep that stores to cells which the exchange has sent; the number of sweeps when none does.
  int first_overwrite = 0;

  /// Layers between the first and the last sweep as they follow each other.
  int lag() const { return sweeps.back().lag; }
};

/// The block of all stages of `steps` steps. Pure.
BlockPlan plan_steps(const solver::SolverSchema& schema, int steps);

/// One block a stage, for one step: exchanges are narrow and frequent, and no cell is computed twice. Ghost
/// cells stay valid until their field is written, and are refreshed as wide as any later stage reads them.
std::vector<BlockPlan> plan_stages(const solver::SolverSchema& schema);

/// Time levels of a field: two when a stage reads it beyond the cell itself and writes it.
int levels_of(const solver::SolverSchema& schema, int field);

/// Widest read of a field by any stage.
int radius_of(const solver::SolverSchema& schema, int field);

/// Whether any stage writes the field.
bool is_written(const solver::SolverSchema& schema, int field);

/// Ghost layers that a field needs along exchanged axes, for blocks of up to `steps` steps (0: blocks of
/// single stages).
int exchanged_layers(const solver::SolverSchema& schema, int field, int steps);

}  // namespace tessera::loop
