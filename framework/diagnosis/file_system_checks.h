// Checks of the file system of a run directory.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// Checks type, free space, and the operations that checkpoints depend on: fsync, atomic rename of
/// directories, exclusive creation, locks between processes, direct I/O. Leaves no files behind.
/// `run_directory` need not exist. May hang if the file system does: call it within run_guarded().
Checks file_system_checks(const std::string& run_directory);

/// Name of the file system type `type` (statfs's f_type), such as "ext4"; gives the number if it is unknown.
std::string file_system_name(long type);

}  // namespace tessera::diagnosis
