// The hosts of a hostfile that a run can be started on.
#pragma once

#include "supervisor/host_pool.h"

#include <functional>
#include <string>

namespace tessera::app {

/// Reads a hostfile and tries each host, as `tessera doctor` does. Hosts that cannot be used are left out,
/// and told of, when the others suffice for `ranks`, or when the run has begun (`begun`). Throws base::Error:
/// bad_data or no_input for the file, unavailable where too few hosts are left; nothing has been started
/// then. `run_directory`: absolute.
supervisor::HostPool select_hosts(const std::string& hostfile, const std::string& launcher,
                                  const std::string& run_directory, int ranks, bool begun,
                                  const std::function<void(const std::string&)>& tell);

}  // namespace tessera::app
