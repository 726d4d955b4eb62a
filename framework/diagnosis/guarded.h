// Checks that may hang or crash without harm to the rest.
#pragma once

#include "diagnosis/check.h"

#include <functional>
#include <vector>

namespace tessera::diagnosis {

/// Checks that belong together.
struct Task {
  std::string group;
  std::string name;      ///< of the one check that stands for them where they come to no end
  double seconds = 0.0;  ///< that they may take
  std::function<Checks()> run;
  std::string advice;  ///< where they come to no end
};

/// Runs each task in a process of its own, many at a time, and gives back their checks in the order of the
/// tasks. One that takes too long (as on a file system that does not answer), crashes or throws leaves one
/// bad check instead. Call while this process has one thread. Throws base::Error (os_error) where no process
/// is to be had.
Checks run_guarded(const std::vector<Task>& tasks);

}  // namespace tessera::diagnosis
