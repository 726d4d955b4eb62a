// A table of the first arrivals of a wave at the probes.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::output {

/// The arrival at one probe; times are in simulated seconds.
struct Arrival {
  std::string probe;
  std::optional<double> computed_time;
  std::optional<double> observed_time;
  double max_rise = 0.0;  ///< largest rise above the initial value
  /// Distance of the probe from the requested point: in metres on a sphere, otherwise in the job's unit of
  /// length.
  double distance_moved = 0.0;
};

/// Formats a table with one row per probe: the computed and the observed arrival, their difference, the
/// largest rise in `unit`, and the distance by which the probe was moved.
std::string arrival_text(const std::vector<Arrival>& arrivals, const std::string& unit);

}  // namespace tessera::output
