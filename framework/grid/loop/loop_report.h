// Statistics of a time loop.
#pragma once

#include "grid/geometry/index.h"
#include "grid/loop/balancer.h"
#include "grid/loop/phases.h"
#include "grid/loop/stepper.h"
#include "grid/loop/tiling.h"
#include "grid/loop/tuner.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::loop {

/// The tiling that was used, and the tilings that were tried.
struct TilingReport {
  Tiling used;                                         ///< the tiling in use at the end
  bool tuning_done = true;                             ///< whether the tuner has chosen a tiling
  std::vector<Tuner::Trial> trials;                    ///< one per candidate; a single candidate is not timed
  bool shared_memory = false;                          ///< whether ranks of a node read each other's memory
  grid::Index max_brick_extent = grid::Index::all(1);  ///< largest extent of any brick along each axis
};

/// Statistics of the loop on this rank. Once the run has ended, times exclude the final outputs.
struct LoopReport {
  std::int64_t steps = 0;       ///< number of steps since the start of the run, including earlier attempts
  std::int64_t first_step = 0;  ///< step at which this attempt started
  double time = 0.0;            ///< simulated time reached, in seconds
  double loop_seconds = 0.0;
  double min_dt = 0.0;
  double max_dt = 0.0;
  PhaseTimes phases;
  halo::Traffic traffic;
  TilingReport tiling;
  BalanceReport balance;
  std::size_t field_bytes = 0;
  std::vector<double> diagnostics;        ///< values at the last evaluation
  std::vector<double> first_diagnostics;  ///< values at step 0
};

}  // namespace tessera::loop
