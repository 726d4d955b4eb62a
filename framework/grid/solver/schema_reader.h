// From a plugin's C tables to a checked schema.
#pragma once

#include "grid/solver/solver_schema.h"

#include <tessera/solver.h>

namespace tessera::solver {

/// Copies and checks what a plugin declares. Throws base::Error (unavailable) naming all that is
/// nonsense: doubled or missing names, unknown fields, a radius beyond TESSERA_MAX_RADIUS, bounds that
/// exclude the default...
solver::SolverSchema read_schema(const tessera_solver_descriptor& descriptor, const tessera_schema& tables);

}  // namespace tessera::solver
