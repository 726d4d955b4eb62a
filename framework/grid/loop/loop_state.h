// What a step loop needs to continue, besides the fields.
#pragma once

#include "grid/loop/probe_set.h"
#include "grid/loop/time_steps.h"

#include <string>
#include <string_view>
#include <vector>

namespace tessera::loop {

/// Between two steps; the same on all ranks.
struct LoopState {
  TimeSteps::State steps;
  std::vector<double> first_diagnostics;  ///< at step 0; empty if they were not due then
  std::vector<ProbeState> probes;

  friend bool operator==(const LoopState&, const LoopState&) = default;
};

/// Fixed little-endian records.
std::string encoded(const LoopState& state);
/// Throws base::Error (bad_data) for bytes that are not those of a state. `what`: where they are from, for
/// messages.
LoopState decoded_loop_state(std::string_view bytes, const std::string& what);

}  // namespace tessera::loop
