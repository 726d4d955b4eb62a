// Prints checks, for people and for programs.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// A table with a heading per group, a line with a sign per check and its advice below it, and at the end the
/// number of problems. Ends with a newline.
std::string table_of(const Checks& checks, bool colour);

/// {"ok", "bad", "warnings", "checks": [{"group", "name", "state", "found", "advice"}]}. `state`: good,
/// warning, bad or absent; `advice`: null if there is none.
std::string json_of(const Checks& checks);

}  // namespace tessera::diagnosis
