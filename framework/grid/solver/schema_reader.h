// From a solver's C tables to a checked schema.
#pragma once

#include "grid/solver/solver_schema.h"
#include "plugin/library.h"

#include <tessera/grid.h>

namespace tessera::solver {

/// Copies and checks what a solver declares. Throws base::Error (unavailable) with everything that cannot
/// work or that would silently compute something else than its author means.
SolverSchema read_schema(const plugin::Plugin& plugin, const tessera_grid_functions& functions,
                         const tessera_schema* tables);

}  // namespace tessera::solver
