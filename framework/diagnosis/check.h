// The result of a check of the environment of a run.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::diagnosis {

enum class State {
  good,
  warning,  ///< a run works, but it may be slow or unsafe, or run out of space
  bad,      ///< must be fixed before a run
  absent    ///< not available, and not required
};

struct Check {
  std::string group;
  std::string name;
  State state = State::good;
  std::string found;   ///< what was found, one line
  std::string advice;  ///< what to do about it, one or more lines; empty if there is nothing to do
};

using Checks = std::vector<Check>;

/// Number of checks in `state`.
inline int count(const Checks& checks, State state) {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [=](const Check& c) { return c.state == state; }));
}

/// Converts an error to a failed check: the first line of its text becomes `found`, the rest the advice.
Check failed_check(std::string group, std::string name, const base::Error& error);

}  // namespace tessera::diagnosis
