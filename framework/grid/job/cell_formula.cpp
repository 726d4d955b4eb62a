#include "grid/job/cell_formula.h"

#include "grid/job/field_formula.h"

#include <algorithm>

namespace tessera::grid {

CellFormula::CellFormula(const std::string& text, const solver::SolverSchema& schema, const JobSpec& job)
    : geometry_{job.geometry}, formula_{text, statistic_variables(schema)} {
  const std::vector<int> fields = condition_fields(schema);
  const std::vector<std::string> names = statistic_variables(schema);
  const std::vector<std::string> constants = formula_variables(schema);
  const std::vector<double> values = formula_values(job, schema);
  variables_.resize(names.size(), 0.0);
  for (std::size_t n = 0; n < names.size(); ++n) {
    if (!formula_.uses(names[n])) continue;
    if (n < fields.size()) {
      inputs_.push_back({n, fields[n], {}});
      continue;
    }
    const auto found =
        static_cast<std::size_t>(std::find(constants.begin(), constants.end(), names[n]) - constants.begin());
    variables_[n] = values.at(found);
    if (found < 3) coordinates_[found] = n;
    if (found == 3) time_ = n;
  }
}

std::vector<int> CellFormula::fields() const {
  std::vector<int> all;
  for (const Input& input : inputs_) all.push_back(input.field);
  return all;
}

void CellFormula::evaluate(const field::FieldStore& store, int brick, const Index& first, std::int64_t count,
                           double time, double* values) {
  const Index& lower = store.bricks()[static_cast<std::size_t>(brick)].lower;
  if (time_) variables_[*time_] = time;
  for (int a = 1; a < 3; ++a) {
    if (const auto v = coordinates_[static_cast<std::size_t>(a)])
      variables_[*v] = geometry_.centre(a, lower[a] + first[a]);
  }
  for (Input& input : inputs_) input.values = store.current(brick, input.field);
  Index cell = first;
  for (std::int64_t i = 0; i < count; ++i, ++cell[0]) {
    if (coordinates_[0]) variables_[*coordinates_[0]] = geometry_.centre(0, lower[0] + cell[0]);
    for (const Input& input : inputs_) variables_[input.variable] = input.values.value(cell);
    values[i] = formula_(variables_);
  }
}

}  // namespace tessera::grid
