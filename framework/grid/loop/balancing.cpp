#include "grid/loop/balancing.h"

#include "base/stopwatch.h"
#include "grid/balance/migrate.h"

#include <limits>
#include <vector>

namespace tessera::loop {

std::int64_t Balancing::steps_left(std::int64_t step) const {
  const std::int64_t left = balancer_.active() ? balancer_.steps_left(step) : 0;
  return left > 0 ? left : std::numeric_limits<std::int64_t>::max();
}

void Balancing::note_usual(std::int64_t steps, double seconds) {
  const double each = seconds / static_cast<double>(steps);
  usual_seconds_ = usual_seconds_ == 0.0 ? each : 0.5 * (usual_seconds_ + each);
}

double Balancing::measure(Decomposition& fields, const StepTime& step, PhaseTimes& phases) {
  base::Stopwatch watch;
  fields.stepper().measure(step, phases,
                           [this](std::int64_t chunk, double seconds) { balancer_.record(chunk, seconds); });
  return watch.seconds();
}

std::unique_ptr<partition::Partition> Balancing::evaluate(const Decomposition& fields, std::int64_t step,
                                                          double measured) {
  return balancer_.look(fields.partition(), fields.store(), step, measured, usual_seconds_);
}

balance::CostTable Balancing::migrate(const Decomposition& from, Decomposition& to) const {
  return balance::migrate(*comm_, from.partition(), from.store(), to.partition(), to.store(),
                          balancer_.costs(), balancer_.speeds());
}

}  // namespace tessera::loop
