// Parses durations and cadences in a job file.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace tessera::job {

/// How often something happens. `steps`: every `amount` steps; `simulated`, `wall`: every `amount` seconds of
/// simulated or wall-clock time; `end`: once, when the run is done; `never`.
struct Cadence {
  enum class Unit { never, end, steps, simulated, wall };
  Unit unit = Unit::never;
  double amount = 0.0;
};

/// The longest duration, in seconds: sums and multiples of durations do not overflow.
inline constexpr double max_duration = 1e100;
/// The largest number of steps of a cadence; larger integers are not all representable as doubles.
inline constexpr double max_cadence_steps = 9e15;

/// The error in a duration or a cadence.
struct UnitError {
  std::string problem;  ///< follows the key: "expects a duration, not a length"
  std::string hint;     ///< a possible fix; may be empty
};

/// Returns `text` without leading and trailing spaces and tabs.
std::string_view trim(std::string_view text);

/// Parses a duration and returns it in seconds: "10 min", "1 h 30 min", "250 ms", "2 days", "1e-3 s". Units
/// are ns, us, ms, s, min, h, days and weeks, each at most once, largest first. The result is between
/// -max_duration and max_duration; the caller must check its sign.
std::variant<double, UnitError> parse_duration(std::string_view text);

/// Parses a cadence: "200 steps", "1 h" (simulated time), "30 s wall" (wall clock), "end" or "never". Amounts
/// must be above 0, and at most max_duration or max_cadence_steps.
std::variant<Cadence, UnitError> parse_cadence(std::string_view text);

/// Returns the cadence of a number without a unit: an interval of simulated time, in seconds. It must be
/// above 0, and at most max_duration.
std::variant<Cadence, UnitError> cadence_of(double seconds);

}  // namespace tessera::job
