// Durations and cadences as a job writes them.
#pragma once

#include "job/cadence.h"

#include <string>
#include <string_view>
#include <variant>

namespace tessera::job {

/// What is wrong with a duration or a cadence.
struct UnitError {
  std::string problem;  ///< goes after the key: "wants a duration, not a length"
  std::string hint;     ///< what to write instead; may be empty
};

/// Seconds: "10 min", "1 h 30 min", "250 ms", "2 days", "1e-3 s". Units are ns, us, ms, s, min, h, days
/// and weeks, each once, the largest first. May be negative or 0: the caller knows what it may be.
std::variant<double, UnitError> parse_duration(std::string_view text);

/// "200 steps", "1 h" (simulated time), "30 s wall" (wall clock), "end", "never". Amounts are above 0.
std::variant<job::Cadence, UnitError> parse_cadence(std::string_view text);

/// As a job would write it: "200 steps", "10 min", "30 s wall".
std::string to_string(const job::Cadence& cadence);

}  // namespace tessera::job
