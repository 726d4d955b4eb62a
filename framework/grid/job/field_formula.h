// The formulas in a job: their variables, and their evaluation at a point.
#pragma once

#include "grid/job/formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
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

/// A FormulaText bound to the parameters of a job: a function of position and time.
class FieldFormula {
 public:
  FieldFormula(const FormulaText& text, const solver::SolverSchema& schema, const JobSpec& job);

  /// Returns the value at the point `at` and the simulated time `time`, in seconds.
  double operator()(const std::array<double, 3>& at, double time);

  bool depends_on_time() const { return formula_.uses("t"); }

 private:
  Formula formula_;
  std::vector<double> variables_;
};

}  // namespace tessera::grid
