// Checks of the file system of a run directory.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// Checks the type of the file system, its free space, and the operations that checkpoints depend on: fsync,
/// atomic rename of directories, exclusive creation, locks between processes, direct I/O. Leaves no files
/// behind. `run_directory` need not exist. May hang if the file system hangs: call it within run_guarded().
Checks file_system_checks(const std::string& run_directory);

/// Name of a file system type, such as "ext4"; for an unknown type, for example "unknown (type 0x12345)".
/// `type`: member f_type of struct statfs.
std::string file_system_name(long type);

}  // namespace tessera::diagnosis
