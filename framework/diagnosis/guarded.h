// Runs checks in separate processes, so that a check that hangs or crashes does not affect the others.
#pragma once

#include "diagnosis/check.h"

#include <functional>
#include <vector>

namespace tessera::diagnosis {

/// A group of checks that run in one process.
struct Task {
  std::string group;
  std::string name;      ///< name of the failed check that replaces the checks if they do not complete
  double seconds = 0.0;  ///< time limit
  std::function<Checks()> run;
  std::string advice;  ///< advice of that failed check
};

/// Runs each task in its own process, up to 32 at a time, and returns their checks in the order of the tasks.
/// A task that takes too long (for example because a file system does not respond), crashes or throws yields
/// one failed check instead. Must be called while this process has only one thread. Throws base::Error
/// (os_error) if a process cannot be started.
Checks run_guarded(const std::vector<Task>& tasks);

}  // namespace tessera::diagnosis
