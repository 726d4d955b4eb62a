// The time of a step.
#pragma once

namespace tessera::loop {

/// When a step begins, and its length: seconds.
struct StepTime {
  double time = 0.0;
  double dt = 0.0;
};

}  // namespace tessera::loop
