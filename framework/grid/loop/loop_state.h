// What a step loop needs besides the fields to resume.
#pragma once

#include "grid/loop/probe_set.h"
#include "grid/loop/time_steps.h"

#include <string>
#include <string_view>
#include <vector>

namespace tessera::loop {

/// The state between two steps; the same on all ranks.
struct LoopState {
  TimeSteps::State steps;
  std::vector<double> first_diagnostics;  ///< at step 0; empty if they were not due then
  std::vector<ProbeState> probes;

  friend bool operator==(const LoopState&, const LoopState&) = default;
};

/// Encodes the state as fixed little-endian records.
std::string encode(const LoopState& state);
/// Decodes the bytes from encode(). `what`: their origin, for messages. Throws base::Error (bad_data) if they
/// are not a valid state.
LoopState decode_loop_state(std::string_view bytes, const std::string& what);

}  // namespace tessera::loop
