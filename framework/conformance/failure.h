// Finds out why a Tessera program that was run as a command failed.
#pragma once

#include "base/error.h"
#include "host/command.h"

#include <string>

namespace tessera::conformance {

struct Failure {
  int code = 0;             ///< exit code
  std::string error;        ///< reason, without a leading "error: "
  bool is_crash = false;    ///< a signal or the time limit ended the program, or it reported no error
  bool is_reported = true;  ///< the program itself reported the error
};

/// Describes a command that did not succeed. `seconds`: time limit of the command. `recorded`: the error that
/// the program wrote to its run.json, with the leading "error: "; empty if there is none.
Failure failure_of(const host::CommandResult& result, double seconds, const std::string& recorded = {});

/// An error whose message contains what a child process printed, such as a report of several lines. Control
/// characters other than newlines are replaced.
base::Error error_with_lines(base::ExitCode code, const std::string& message);

}  // namespace tessera::conformance
