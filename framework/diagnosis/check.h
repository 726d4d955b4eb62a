// Results of checks of the environment in which runs are started.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::diagnosis {

enum class State {
  good,
  warning,  ///< a run can start, but may be slow or unsafe, or run out of space
  bad,      ///< must be fixed before a run can start
  absent    ///< not available, and not required
};

struct Check {
  std::string group;
  std::string name;
  State state = State::good;
  std::string found;   ///< the finding, on one line
  std::string advice;  ///< how to fix it, on one or more lines; empty if there is nothing to fix
};

using Checks = std::vector<Check>;

/// Number of checks in `state`.
inline int count(const Checks& checks, State state) {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [=](const Check& c) { return c.state == state; }));
}

/// Converts an error to a check with the state `bad`. The first line of its text becomes `found`, the rest
/// `advice`.
Check failed_check(std::string group, std::string name, const base::Error& error);

}  // namespace tessera::diagnosis
