// The error message of a run that the supervisor gives up.
#pragma once

#include "rundir/fault.h"

#include <string>

namespace tessera::supervisor {

/// Returns the message. `attempts`: number of attempts of this launch. `why`: the reason for giving up.
/// `last`: the last fault. `host`: host of the ranks. The message quotes the end of the run's log and names
/// the step from which the run can be resumed.
std::string failure_report(const std::string& directory, int attempts, const std::string& why,
                           const rundir::Fault& last, const std::string& host);

}  // namespace tessera::supervisor
