// Cleaning up after a supervisor that died.
#pragma once

#include "rundir/supervision.h"

#include <string>

namespace tessera::supervisor {

/// Closes the record of an attempt that an earlier supervisor left open, with what the run directory shows of
/// it. Returns the seconds of work after the newest checkpoint, which will be repeated; 0 if not known.
double close_abandoned(rundir::AttemptRecord& record, const std::string& directory, const std::string& host);

/// Kills the processes on this host that an earlier supervisor left. Returns a message about them; empty if
/// there were none.
std::string kill_orphans(const std::string& directory);

}  // namespace tessera::supervisor
