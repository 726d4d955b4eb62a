// The formulas of a job: their variables, and their values at a point.
#pragma once

#include "grid/job/formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <string>
#include <vector>

namespace tessera::grid {

/// Variables of formulas in [initial] and of boundary values: x, y, z, t, then the solver's plain
/// numeric parameters (those whose names are identifiers and none of x, y, z, t).
std::vector<std::string> formula_variables(const solver::SolverSchema& schema);

/// The fields that [probes] `where` may name: those of one component that are not work fields. Their
/// names are the formula's variables, in this order.
std::vector<int> condition_fields(const solver::SolverSchema& schema);
std::vector<std::string> condition_variables(const solver::SolverSchema& schema);

/// A FormulaText bound to the parameters of a job.
class FieldFormula {
 public:
  FieldFormula(const FormulaText& text, const solver::SolverSchema& schema, const JobSpec& job);

  double operator()(const std::array<double, 3>& at, double time);

 private:
  Formula formula_;
  std::vector<double> variables_;
};

}  // namespace tessera::grid
