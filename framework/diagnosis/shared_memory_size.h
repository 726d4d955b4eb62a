// Checks the size of the shared memory of a node.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// Warns if little of /dev/shm is free. `size` and `free`: its total size and free space in bytes.
Check shared_memory_size_check(const std::string& group, double size, double free);

}  // namespace tessera::diagnosis
