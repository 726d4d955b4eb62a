// Runs checks in separate processes, so that a check that hangs or crashes does not affect the others.
#pragma once

#include "diagnosis/check.h"

#include <functional>
#include <vector>

namespace tessera::diagnosis {

/// A group of checks that run in one process.
struct Task {
  std::string group;
  std::string name;      ///< name of the check that reports a failure of the task
  double seconds = 0.0;  ///< time limit
  std::function<Checks()> run;
  std::string advice;  ///< advice of the check that reports a failure of the task
};

/// Runs each task in its own process, up to 32 at a time, and returns their checks in the order of the tasks.
/// If a task takes too long (for example because a file system does not respond), crashes or throws, its
/// checks are replaced by one check that reports the failure. Must be called while this process has only one
/// thread. Throws base::Error (os_error) if a process cannot be started.
Checks run_guarded(const std::vector<Task>& tasks);

}  // namespace tessera::diagnosis
