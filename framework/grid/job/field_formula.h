// A job's formula for field values: in space, time and the solver's parameters.
#pragma once

#include "grid/job/formula.h"
#include "grid/job/job_spec.h"
#include "grid/solver/solver_schema.h"

#include <array>
#include <string>
#include <vector>

namespace tessera::grid {

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
