// How often something happens.
#pragma once

namespace tessera::job {

/// `steps`: every `amount` steps; `simulated`, `wall`: every `amount`
/// seconds of that clock; `end`: once, when the run is done; `never`.
struct Cadence {
  enum class Unit { never, end, steps, simulated, wall };
  Unit unit = Unit::never;
  double amount = 0.0;
};

}  // namespace tessera::job
