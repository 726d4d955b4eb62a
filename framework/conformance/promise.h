// The promises of a solver that test runs can check: the purity rules in docs/writing-a-solver.md.
#pragma once

#include "grid/loop/violation.h"

#include <array>

namespace tessera::conformance {

enum class Promise {
  radius,  ///< stages read only within the radii that they declare
  cells,   ///< stages, derive() and boundary() write all cells of their regions and no others
  memory,  ///< no result depends on a value that an earlier step left in memory
  bits,    ///< results are bit-identical for any ranks, chunks, time tiles and transport
  restart  ///< a run that resumes from a checkpoint gives the same results, bit for bit
};

/// All promises, in the order in which they are checked: a solver that breaks an early one often breaks later
/// ones for the same reason.
inline constexpr std::array promises{Promise::radius, Promise::cells, Promise::memory, Promise::bits,
                                     Promise::restart};

/// The name of a promise in reports, such as "radius".
const char* name_of(Promise promise);

/// A short description, such as "reads only within declared radii".
const char* text_of(Promise promise);

/// The promise that a violation breaks.
Promise promise_broken_by(loop::Violation violation);

}  // namespace tessera::conformance
