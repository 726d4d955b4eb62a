// Generates a job for a solver from its declarations.
#pragma once

#include "grid/solver/solver_schema.h"

#include <string>

namespace tessera::conformance {

/// Returns the text of a small job for a solver: in the largest number of dimensions that it supports,
/// periodic, with default parameters and smooth initial values close to the default values of the fields (or
/// to 1 if a field has no default). Throws base::Error (usage) if no such job exists, because a parameter has
/// no default or the solver only works on a sphere.
std::string sample_job(const solver::SolverSchema& schema);

}  // namespace tessera::conformance
