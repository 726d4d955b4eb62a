#include "grid/loop/monitors.h"

#include "grid/loop/health.h"
#include "transport/agreement.h"

namespace tessera::loop {

void Monitors::place_probes(const Decomposition& fields) {
  try {
    probes_.emplace(*comm_, *job_, *schema_, fields.store());
  } catch (const base::Error& e) {
    throw transport::AgreedError{e};  // all ranks throw the same error
  }
}

void Monitors::check_health(const Decomposition& fields, std::int64_t step, double time) const {
  loop::check_health(*comm_, *schema_, fields.partition().layout(), fields.store(), step, time);
}

const std::vector<double>& Monitors::evaluate_diagnostics(const Decomposition& fields, std::int64_t step) {
  last_diagnostics_ = table_.evaluate(*comm_, fields.store());
  if (step == 0) first_diagnostics_ = last_diagnostics_;
  return last_diagnostics_;
}

void Monitors::sample_probes(Decomposition& fields, double time) {
  probes_->sample(*comm_, fields.stepper(), fields.store(), time);
}

void Monitors::restore(const State& state) {
  first_diagnostics_ = state.first_diagnostics;
  probes_->restore(state.probes);
}

}  // namespace tessera::loop
