// The interface through which a time loop passes on its results.
#pragma once

#include "grid/field/field_store.h"
#include "grid/loop/probe_set.h"
#include "grid/loop/transect_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::loop {

/// A view of the state of a run between two steps.
struct StateView {
  const field::FieldStore& store;
  const ProbeSet& probes;
  std::int64_t step = 0;
  double time = 0.0;  ///< simulated seconds
};

/// Receives the results of a time loop. All functions are called on all ranks at the same point of the run.
/// All functions except on_step() may communicate. If a function fails, it must throw transport::AgreedError
/// on all ranks.
class Outputs {
 public:
  virtual ~Outputs() = default;
  /// Called after step `step`, of length `dt`, which ended at `time` (both in simulated seconds). The fields
  /// may already contain the values of a later step.
  virtual void on_step(std::int64_t /*step*/, double /*time*/, double /*dt*/) {}
  /// Called after the diagnostics have been evaluated. `values`: one per diagnostic, in declaration order.
  virtual void on_diagnostics(const StateView&, const std::vector<double>& /*values*/) {}
  /// Called after the probes have been sampled.
  virtual void on_probes(const StateView&) {}
  /// Called after the values of the regions have been computed. `columns`: the title of each value.
  virtual void on_regions(const StateView&, const std::vector<std::string>& /*columns*/,
                          const std::vector<double>& /*values*/) {}
  /// Called after the transects have been sampled.
  virtual void on_transects(const StateView&, const TransectSet&) {}
  /// Called when field output is due. Derived fields are up to date.
  virtual void on_fields(const StateView&) {}
  /// Called on a problem that does not end the run: what it is, and advice.
  virtual void on_warning(const std::string& /*problem*/, const std::string& /*advice*/) {}
  /// Called when images are due. Derived fields are up to date.
  virtual void on_images(const StateView&) {}
};

}  // namespace tessera::loop
