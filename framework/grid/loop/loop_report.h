// How a step loop went.
#pragma once

#include "grid/loop/balancer.h"
#include "grid/loop/blocking.h"
#include "grid/loop/phases.h"
#include "grid/loop/stepper.h"
#include "grid/loop/tuner.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tessera::loop {

/// In which order the cells were computed.
struct BlockingReport {
  Blocking used;                     ///< at the end
  bool settled = true;               ///< false if the run ended before all candidates had been tried
  std::vector<Tuner::Trial> trials;  ///< the candidates; one if nothing was tried
  bool shared_memory = false;        ///< whether ranks of a node read each other's memory
};

/// How the loop went on this rank. Outputs that are written after the last step are not part of its times.
struct LoopReport {
  std::int64_t steps = 0;       ///< of the whole run
  std::int64_t first_step = 0;  ///< from which this attempt resumed
  double time = 0.0;            ///< simulated seconds reached
  double loop_seconds = 0.0;
  double smallest_dt = 0.0;
  double largest_dt = 0.0;
  PhaseTimes phases;
  halo::Traffic traffic;
  BlockingReport blocking;
  BalanceReport balance;
  std::size_t field_bytes = 0;
  std::vector<double> diagnostics;        ///< of the last evaluation
  std::vector<double> first_diagnostics;  ///< at step 0
};

}  // namespace tessera::loop
