// Checks as a person and as a program reads them.
#pragma once

#include "diagnosis/check.h"

#include <string>

namespace tessera::diagnosis {

/// A table with a sign a check, a heading a group, and below a check what to do about it; then how many are
/// bad. Ends with a newline.
std::string table_of(const Checks& checks, bool colour);

/// {"ok", "bad", "warnings", "checks": [{"group", "name", "state", "found", "advice"}]}. `state`: good,
/// warning, bad or absent; `advice`: null where there is none.
std::string json_of(const Checks& checks);

}  // namespace tessera::diagnosis
