// Runs checks that may hang or crash without affecting the others.
#pragma once

#include "diagnosis/check.h"

#include <functional>
#include <vector>

namespace tessera::diagnosis {

/// A group of checks that run in one process.
struct Task {
  std::string group;
  std::string name;      ///< name of the check that replaces them if they do not complete
  double seconds = 0.0;  ///< time limit
  std::function<Checks()> run;
  std::string advice;  ///< advice if they do not complete
};

/// Runs each task in its own process, many of them concurrently, and returns their checks in the order of the
/// tasks. A task that takes too long (for example because a file system does not respond), crashes or throws
/// yields one bad check instead. Must be called while this process has only one thread. Throws base::Error
/// (os_error) if a process cannot be started.
Checks run_guarded(const std::vector<Task>& tasks);

}  // namespace tessera::diagnosis
