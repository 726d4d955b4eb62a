// The error message shown when the supervisor gives up on a run.
#pragma once

#include "rundir/fault.h"

#include <string>

namespace tessera::supervisor {

/// Returns the message, which quotes the end of the run's log and names the step from which the run can be
/// resumed. `directory`: the run directory. `attempts`: number of attempts of this launch. `reason`: why the
/// supervisor gave up. `host`: see rundir::describe().
std::string failure_report(const std::string& directory, int attempts, const std::string& reason,
                           const rundir::Fault& last_fault, const std::string& host);

}  // namespace tessera::supervisor
