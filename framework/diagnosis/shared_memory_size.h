// Checks the amount of shared memory on a node.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// `size` and `free`: total and free bytes of /dev/shm.
Check shared_memory_size_check(const std::string& group, double size, double free);

}  // namespace tessera::diagnosis
