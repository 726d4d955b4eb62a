#include "grid/job/field_formula.h"

#include "grid/job/formula_variables.h"

#include <algorithm>

namespace tessera::grid {

FieldFormula::FieldFormula(const FormulaText& text, const solver::SolverSchema& schema, const JobSpec& job)
    : formula_{text.text, formula_variables(schema)}, variables_{formula_values(job, schema)} {}

double FieldFormula::operator()(const std::array<double, 3>& at, double time) {
  std::copy(at.begin(), at.end(), variables_.begin());
  variables_[3] = time;
  return formula_(variables_);
}

}  // namespace tessera::grid
