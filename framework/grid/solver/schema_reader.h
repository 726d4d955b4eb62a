// Converts a solver's C tables to a checked schema.
#pragma once

#include "grid/solver/solver_schema.h"
#include "plugin/library.h"

#include <tessera/grid.h>

namespace tessera::solver {

/// Copies and checks the declarations of a solver. Throws base::Error (unavailable) with a list of all
/// declarations that are invalid, or that would silently give results that the author did not intend.
SolverSchema read_schema(const plugin::Plugin& plugin, const tessera_grid_functions& functions,
                         const tessera_schema* c_schema);

}  // namespace tessera::solver
