// The error message of a run that is given up.
#pragma once

#include "rundir/fault.h"

#include <string>

namespace tessera::supervisor {

/// `attempts`: number of attempts of this launch. `why`: the reason to give up. `last`: the last fault.
/// `host`: of the ranks. Quotes the end of the run's log and says from which step the run can be resumed.
std::string failure_report(const std::string& directory, int attempts, const std::string& why,
                           const rundir::Fault& last, const std::string& host);

}  // namespace tessera::supervisor
