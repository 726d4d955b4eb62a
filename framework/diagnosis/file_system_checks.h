// The file system of a run directory.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// Type, room, and whether what checkpoints rest on works there: fsync, atomic rename of folders, exclusive
/// creation, locks between processes, direct writing. Nothing of it stays. `run_directory` need not exist.
/// May hang with the file system: call under run_guarded.
Checks file_system_checks(const std::string& run_directory);

/// "ext4"; a number for a type that has no name here. `type`: as statfs has it.
std::string file_system_name(long type);

}  // namespace tessera::diagnosis
