// Tests whether a solver keeps its promises.
#pragma once

#include "conformance/plan.h"
#include "conformance/report.h"
#include "conformance/runner.h"

namespace tessera::conformance {

/// Runs the trials of `plan` until a promise is broken or a run fails for another reason. The report then
/// contains an error, whose code is `check_failed` for a broken promise, or the exit code of the failed run.
Report examine(const Plan& plan, Runner& runner);

}  // namespace tessera::conformance
