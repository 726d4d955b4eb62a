// The names that a job's formulas may use.
#pragma once

#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// Variables of formulas in [initial] and of boundary values: x, y, z, t, then the solver's plain
/// numeric parameters (those whose names are identifiers and none of x, y, z, t).
std::vector<std::string> formula_variables(const solver::SolverSchema& schema);

/// Their values, in the same order; x, y, z and t are 0, for the caller to set.
std::vector<double> formula_values(const JobSpec& job, const solver::SolverSchema& schema);

/// The fields that [probes] `where` may name: those of one component that are not work fields. Their
/// names are the formula's variables, in this order.
std::vector<int> condition_fields(const solver::SolverSchema& schema);
std::vector<std::string> condition_variables(const solver::SolverSchema& schema);

}  // namespace tessera::grid
