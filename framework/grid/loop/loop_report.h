// Statistics of a step loop.
#pragma once

#include "grid/loop/balancer.h"
#include "grid/loop/phases.h"
#include "grid/loop/stepper.h"
#include "grid/loop/tiling.h"
#include "grid/loop/tuner.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::loop {

/// The tilings that were used and tried.
struct TilingReport {
  Tiling used;                       ///< the tiling in use at the end
  bool tuning_done = true;           ///< false if the run ended before the tuner chose a tiling
  std::vector<Tuner::Trial> trials;  ///< the candidates; if there is only one, it is not timed
  bool shared_memory = false;        ///< whether ranks of a node read each other's memory
};

/// Statistics of the loop on this rank. Times exclude the outputs that are written after the last step.
struct LoopReport {
  std::int64_t steps = 0;       ///< step reached, counted from the start of the run, not of this attempt
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
