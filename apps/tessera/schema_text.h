// What a solver declares, as text and as JSON.
#pragma once

#include "grid/solver/solver.h"

#include <string>

#include <nlohmann/json.hpp>

namespace tessera::app {

nlohmann::json schema_json(const solver::Solver& solver);

/// Prints the schema on standard output.
void print_schema(const solver::SolverSchema& schema);

}  // namespace tessera::app
