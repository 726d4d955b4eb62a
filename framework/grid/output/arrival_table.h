// First arrivals of a wave at the probes.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::output {

/// One probe; times in seconds after the start.
struct Arrival {
  std::string probe;
  std::optional<double> computed;
  std::optional<double> observed;
  double highest = 0.0;
  double moved = 0.0;  ///< from the point asked for: metres on a sphere, else the job's unit
};

/// A table: probe, arrival, observed, difference, highest rise with its unit, how far the probe was
/// moved.
std::string arrival_text(const std::vector<Arrival>& arrivals, const std::string& unit);

}  // namespace tessera::output
