// The phases of the time loop and the time spent in them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tessera::loop {

enum class Phase {
  update,
  halo,
  boundary,
  time_step,
  agreement,
  balance,
  diagnostics,
  probes,
  statistics,
  output,
  checkpoint
};

constexpr std::array<std::string_view, 11> phase_names{"update",     "halo",    "boundary",    "time step",
                                                       "agreement",  "balance", "diagnostics", "probes",
                                                       "statistics", "output",  "checkpoint"};

/// Time that this rank spent in each phase of the time loop, in seconds.
struct PhaseTimes {
  std::array<double, phase_names.size()> seconds{};
  double& operator[](Phase p) { return seconds[static_cast<std::size_t>(p)]; }
};

}  // namespace tessera::loop
