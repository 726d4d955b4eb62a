// The hosts of a hostfile that a run can be started on.
#pragma once

#include "supervisor/host_pool.h"

#include <string>
#include <vector>

namespace tessera::supervisor {

/// A host, and what keeps the run from using it.
struct ExaminedHost {
  PoolHost host;
  std::string problem;  ///< one line, and maybe lines of advice; empty if the host can be used
};

struct HostSelection {
  HostPool pool;
  std::string
      left_out;  ///< the hosts that cannot be used, one "\n  host ..." for each; empty if there are none
};

/// Throws base::Error if the entries of `hostfile` cannot hold `ranks` ranks: bad_data if there are no slots
/// at all, usage if all slots are known and are too few. A run that has begun (`begun`) may continue on
/// fewer.
void check_slots(const std::vector<host::HostEntry>& entries, const std::string& hostfile, int ranks,
                 bool begun);

/// Leaves out the hosts that have a problem. Throws base::Error (unavailable), with all problems, if the
/// others do not suffice for `ranks`; for a run that has begun (`begun`), if there are no others.
HostSelection select_hosts(const std::vector<ExaminedHost>& examined, int ranks, bool begun);

}  // namespace tessera::supervisor
