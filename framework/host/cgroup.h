// The control groups of this process, through which containers and batch systems limit it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::host {

/// Returns the folders of the control groups of this process that `controller`, such as "cpu" or "memory",
/// belongs to, and of all their parents, whose limits apply as well. Supports versions 1 and 2. Some folders
/// may not exist: in a container, all but that of the root group may be missing. Tests set `root`, which
/// takes the place of the root directory.
std::vector<std::string> cgroup_folders(const std::string& controller, const std::string& root = "");

/// A number that grows whenever the system kills a process in the control groups of this process (if these
/// are not known: any process on this host) because memory has run out; 0 if unknown.
std::int64_t out_of_memory_kills(const std::string& root = "");

}  // namespace tessera::host
