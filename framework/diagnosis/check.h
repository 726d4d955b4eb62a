// The result of checking one thing that a run needs.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::diagnosis {

enum class State {
  good,
  warning,  ///< a run works, but is slower or less safe than it could be, or may run out of space
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

/// Turns an error into a bad check: the first line of its text is what was found, the rest is the advice.
Check bad_check(std::string group, std::string name, const base::Error& error);

}  // namespace tessera::diagnosis
