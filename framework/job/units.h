// Durations and cadences as a job writes them.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace tessera::job {

/// How often something happens.
/// `steps`: every `amount` steps; `simulated`, `wall`: every `amount`
/// seconds of that clock; `end`: once, when the run is done; `never`.
struct Cadence {
  enum class Unit { never, end, steps, simulated, wall };
  Unit unit = Unit::never;
  double amount = 0.0;
};

/// What is wrong with a duration or a cadence.
struct UnitError {
  std::string problem;  ///< goes after the key: "wants a duration, not a length"
  std::string hint;     ///< what to write instead; may be empty
};

/// `text` without blanks at its ends.
std::string_view trimmed(std::string_view text);

/// Seconds: "10 min", "1 h 30 min", "250 ms", "2 days", "1e-3 s". Units are ns, us, ms, s, min, h, days
/// and weeks, each once, the largest first. May be negative or 0: the caller knows what it may be.
std::variant<double, UnitError> parse_duration(std::string_view text);

/// "200 steps", "1 h" (simulated time), "30 s wall" (wall clock), "end", "never". Amounts are above 0.
std::variant<Cadence, UnitError> parse_cadence(std::string_view text);

}  // namespace tessera::job
