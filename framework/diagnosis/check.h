// One thing that a run needs, and how it was found.
#pragma once

#include "base/error.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::diagnosis {

enum class State {
  good,
  warning,  ///< a run works, with less speed, room or safety than it could have
  bad,      ///< must be mended before a run
  absent    ///< not there, and not needed
};

struct Check {
  std::string group;
  std::string name;
  State state = State::good;
  std::string found;   ///< what there is, one line
  std::string advice;  ///< what to do about it, may have several lines; may be empty
};

using Checks = std::vector<Check>;

/// How many are in a state.
inline int count(const Checks& checks, State state) {
  return static_cast<int>(
      std::count_if(checks.begin(), checks.end(), [=](const Check& c) { return c.state == state; }));
}

/// A bad check that says what an error says: its first line as what was found, the rest as advice.
Check bad_check(std::string group, std::string name, const base::Error& error);

}  // namespace tessera::diagnosis
