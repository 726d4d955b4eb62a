#include "grid/loop/fault_injection.h"

#include "base/error.h"

#include <algorithm>
#include <limits>

namespace tessera::loop {

void inject_fault(const base::FailPoints& faults, const char* point, std::int64_t step, std::int64_t steps,
                  const solver::SolverSchema& schema, Decomposition& fields) {
  try {
    if (!faults.reach(point, step, steps) || fields.store().bricks().empty()) return;
  } catch (const base::Error& e) {
    fields.stepper().fail(e);
    return;
  }
  const auto state = std::find_if(schema.fields.begin(), schema.fields.end(),
                                  [](const auto& f) { return f.kind == solver::FieldKind::state; });
  if (state == schema.fields.end()) return;
  const field::FieldView view =
      fields.store().current(0, static_cast<int>(std::distance(schema.fields.begin(), state)));
  if (view.scalar == field::Scalar::float64) {
    *view.at<double>({}) = std::numeric_limits<double>::quiet_NaN();
  } else {
    *view.at<float>({}) = std::numeric_limits<float>::quiet_NaN();
  }
}

}  // namespace tessera::loop
