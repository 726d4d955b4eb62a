// The formulas in a job, and their variables.
#pragma once

#include "grid/job/formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <string>
#include <vector>

namespace tessera::grid {

/// Returns the variables of formulas in [initial] and in boundary values: x, y, z, t, and then the solver's
/// numeric and boolean parameters that are not in a table and whose names are identifiers other than x, y, z
/// and t.
std::vector<std::string> formula_variables(const solver::SolverSchema& schema);

/// Returns the values of formula_variables() in a job, with x, y, z and t set to 0.
std::vector<double> formula_values(const JobSpec& job, const solver::SolverSchema& schema);

/// Returns the indices of the fields that the condition `where` in [probes] may use. These are the fields,
/// other than work fields and statistics, that have one component and whose names are identifiers.
/// condition_variables() returns their names in the same order.
std::vector<int> condition_fields(const solver::SolverSchema& schema);
std::vector<std::string> condition_variables(const solver::SolverSchema& schema);

/// Returns the variables of formulas in [[output.statistic]]: condition_variables(), then those of
/// formula_variables() that are not names of fields.
std::vector<std::string> statistic_variables(const solver::SolverSchema& schema);

/// A FormulaText bound to the parameters of a job: a function of position, time and cell.
struct FieldFormula {
  static constexpr std::size_t time = 3;  ///< index of the variable t; x, y and z precede it

  FieldFormula(const FormulaText& text, const solver::SolverSchema& schema, const JobSpec& job);

  bool depends_on_time() const { return formula.program().used_variables[time]; }

  Formula formula;
  std::vector<double> variables;  ///< the values of formula_variables(); 0 for x, y, z and t
};

}  // namespace tessera::grid
