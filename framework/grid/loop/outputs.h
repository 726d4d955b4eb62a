// Receiver of the results of a step loop.
#pragma once

#include "grid/field/field_store.h"
#include "grid/loop/probe_set.h"

#include <cstdint>
#include <vector>

namespace tessera::loop {

/// The state of a run between two steps.
struct Instant {
  const field::FieldStore& store;
  const ProbeSet& probes;
  std::int64_t step = 0;
  double time = 0.0;  ///< simulated seconds
};

/// Receives the results of a step loop. All functions are called on all ranks at the same point. All but
/// stepped() may communicate; if one fails, it must throw transport::AgreedError on all ranks.
class Outputs {
 public:
  virtual ~Outputs() = default;
  /// Step `step`, of `dt` simulated seconds, has been computed and ended at `time`. The fields may already be
  /// those of a later step.
  virtual void stepped(std::int64_t /*step*/, double /*time*/, double /*dt*/) {}
  /// The diagnostics have been evaluated. `values`: one per diagnostic, in declaration order.
  virtual void diagnostics(const Instant&, const std::vector<double>& /*values*/) {}
  /// The probes have been sampled.
  virtual void probes(const Instant&) {}
  /// Field output is due; derived fields are up to date.
  virtual void fields(const Instant&) {}
  /// Images are due; derived fields are up to date.
  virtual void images(const Instant&) {}
};

}  // namespace tessera::loop
