// The ways in which the memory accesses of a solver can violate its declarations.
#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace tessera::loop {

enum class Violation {
  reads_beyond,    ///< a stage reads a field beyond the declared radius
  writes_outside,  ///< a stage writes a cell outside its region
  changes_input,   ///< a stage changes a value that it may only read
  skips_cell,      ///< a stage, derive() or boundary() leaves a cell of its region unwritten
  uses_old_value   ///< a result depends on a value that an earlier step left in memory
};

/// The phrase that identifies a violation: every message that reports the violation contains it.
std::string_view phrase_of(Violation violation);

/// How to fix the cause of the violation.
const char* advice_for(Violation violation);

/// Returns the error (internal) that reports a violation, with advice on how to fix it. `sentence` must
/// contain phrase_of(violation).
base::Error violation_error(Violation violation, const std::string& sentence);

/// Returns the violation that the text of an error reports; nullopt if it reports none. Also recognises
/// errors that are reported by a solver built with the checks of the SDK.
std::optional<Violation> find_violation(std::string_view text);

}  // namespace tessera::loop
