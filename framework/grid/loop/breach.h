// The ways in which the memory accesses of a solver can violate its declarations.
#pragma once

#include "base/error.h"

#include <optional>
#include <string>
#include <string_view>

namespace tessera::loop {

enum class Breach {
  reads_beyond,    ///< a stage reads a field beyond its declared radius
  writes_outside,  ///< a stage writes a cell outside its region
  changes_input,   ///< a stage changes a value that it may only read
  skips_cell,      ///< a stage, derive() or boundary() leaves a cell of its region unwritten
  uses_old_value   ///< a result depends on a value that an earlier step left in memory
};

/// The phrase that identifies a breach: every message that reports the breach contains it.
std::string_view phrase_of(Breach breach);

/// Returns the error (internal) that reports a breach, with advice. `sentence` must contain
/// phrase_of(breach).
base::Error breach_error(Breach breach, const std::string& sentence);

/// Returns the breach that the text of an error reports; nullopt if it reports none. Also recognises the
/// errors that a solver built with the checks of the SDK reports itself.
std::optional<Breach> breach_of(std::string_view text);

}  // namespace tessera::loop
