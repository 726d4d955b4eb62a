// Formats the results of checks as a table or as JSON.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// A table with a heading per group, one line per check with its advice below, and finally the numbers of
/// problems and warnings. Ends with a newline.
std::string table_of(const Checks& checks, bool colour);

/// A JSON object with the keys {"ok", "bad", "warnings", "checks": [{"group", "name", "state", "found",
/// "advice"}]}. "state" is good, warning, bad or absent; "advice" is null if there is none.
std::string json_of(const Checks& checks);

}  // namespace tessera::diagnosis
