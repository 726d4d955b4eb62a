// The state from which a time loop resumes, apart from the fields.
#pragma once

#include "grid/loop/growth_watch.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/statistic_set.h"
#include "grid/loop/time_steps.h"

#include <string>
#include <string_view>
#include <vector>

namespace tessera::loop {

/// The state between two steps; the same on all ranks.
struct LoopState {
  TimeSteps::State steps;
  std::vector<double> first_diagnostics;  ///< values at step 0; empty if none were due at step 0
  std::vector<SavedProbe> probes;
  std::vector<GrowthWatch::Rise> rises;  ///< one per diagnostic
  /// In the order of the fields in the checkpoint, where they follow those of the solver.
  std::vector<SavedStatistic> statistics;

  friend bool operator==(const LoopState&, const LoopState&) = default;
};

/// Serializes the state in a fixed little-endian format.
std::string encode(const LoopState& state);
/// The inverse of encode(). Throws base::Error (bad_data) if the bytes are not a valid state. `what`: the
/// source of the bytes, for messages.
LoopState decode_loop_state(std::string_view bytes, const std::string& what);

}  // namespace tessera::loop
