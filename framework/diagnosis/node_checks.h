// This node: cores and shared memory.
#pragma once

#include "diagnosis/check.h"

#include <optional>
#include <string>

namespace tessera::diagnosis {

/// Processors' worth of time that a cgroup lets this process have; nothing where it sets no limit. `root`:
/// where the file systems are, "" or a folder in their place.
std::optional<double> processor_quota(const std::string& root = "");

/// Cores that hwloc reports, as limited by cpusets and cgroups, against `ranks` on this node (0: not said);
/// POSIX shared memory.
Checks node_checks(int ranks);

/// Whether a piece of POSIX shared memory can be had, and how much there is.
Checks shared_memory_checks();

}  // namespace tessera::diagnosis
