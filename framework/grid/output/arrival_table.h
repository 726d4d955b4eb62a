// First arrivals of a wave at the probes.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::output {

/// The arrival at one probe; times are in simulated seconds.
struct Arrival {
  std::string probe;
  std::optional<double> computed;
  std::optional<double> observed;
  double max_rise = 0.0;  ///< largest rise above the first value
  double distance_moved =
      0.0;  ///< distance from the requested point: metres on a sphere, else the job's unit
};

/// Formats a table with the columns probe, arrival, observed, difference and max rise in `unit`, and how
/// far the probe was moved.
std::string arrival_text(const std::vector<Arrival>& arrivals, const std::string& unit);

}  // namespace tessera::output
