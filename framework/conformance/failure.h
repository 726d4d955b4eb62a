// Why a program of Tessera that ran as a command failed.
#pragma once

#include "host/command.h"

#include <string>

namespace tessera::conformance {

struct Failure {
  int code = 0;             ///< exit code
  std::string error;        ///< reason, without a leading "error: "
  bool is_crash = false;    ///< a signal or the time limit ended the program, or it gave no reason
  bool is_reported = true;  ///< the program itself gave the reason
};

/// Describes a command that did not succeed. `seconds`: its time limit; `recorded`: the error that it
/// recorded, with the leading "error: "; empty if there is none.
Failure failure_of(const host::CommandResult& result, double seconds, const std::string& recorded = {});

}  // namespace tessera::conformance
