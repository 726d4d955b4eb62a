// Checks of this node: cores, the temporary folder and shared memory.
#pragma once

#include "diagnosis/check.h"

#include <optional>
#include <string>

namespace tessera::diagnosis {

/// CPU quota that cgroups impose on this process, in processors; nullopt if there is no limit. `root`:
/// prefix of the paths /proc and /sys, for tests.
std::optional<double> processor_quota(const std::string& root = "");

/// Checks that this node has enough cores for `ranks` ranks (0: not given), according to hwloc and the limits
/// of cpusets and cgroups, and that mpirun can keep its files in TMPDIR. Also runs shared_memory_checks().
Checks node_checks(int ranks);

/// Checks that POSIX shared memory can be allocated, and that there is enough of it.
Checks shared_memory_checks();

}  // namespace tessera::diagnosis
