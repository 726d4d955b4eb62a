// Checks of this node: cores and shared memory.
#pragma once

#include "diagnosis/check.h"

#include <optional>
#include <string>

namespace tessera::diagnosis {

/// CPU quota that cgroups impose on this process, in processors; nullopt if there is no limit. `root` is
/// prepended to the paths /proc and /sys, for tests.
std::optional<double> processor_quota(const std::string& root = "");

/// Compares `ranks` on this node (0: not given) with the cores that hwloc reports and the limits of cpusets
/// and cgroups, and checks POSIX shared memory.
Checks node_checks(int ranks);

/// Checks that POSIX shared memory can be allocated, and how much there is.
Checks shared_memory_checks();

}  // namespace tessera::diagnosis
