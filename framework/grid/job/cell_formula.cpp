#include "grid/job/cell_formula.h"

#include "grid/job/field_formula.h"

#include <algorithm>

namespace tessera::grid {

namespace {

/// Rows are evaluated in pieces whose intermediate results fit into the first-level cache.
constexpr std::int64_t piece = 256;

}  // namespace

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
      inputs_.push_back({n, fields[n], std::vector<double>(piece)});
      continue;
    }
    const auto found =
        static_cast<std::size_t>(std::find(constants.begin(), constants.end(), names[n]) - constants.begin());
    variables_[n] = values.at(found);
    if (found < 3) coordinates_[found] = n;
    if (found == 3) time_ = n;
  }
  rows_.resize(variables_.size());
  workspace_.resize(formula_.workspace_size(piece));
  x_.resize(piece);
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
  for (std::size_t n = 0; n < rows_.size(); ++n) rows_[n] = {&variables_[n], 0};
  Index cell = first;
  for (std::int64_t done = 0; done < count; done += piece, cell[0] += piece) {
    const std::int64_t n = std::min(piece, count - done);
    if (const auto v = coordinates_[0]) {
      for (std::int64_t i = 0; i < n; ++i)
        x_[static_cast<std::size_t>(i)] = geometry_.centre(0, lower[0] + cell[0] + i);
      rows_[*v] = {x_.data(), 1};
    }
    for (Input& input : inputs_) {
      const field::ConstFieldView view = store.current(brick, input.field);
      if (view.scalar == field::Scalar::float64) {
        rows_[input.variable] = {view.at<double>(cell, 0), 1};
      } else {
        std::copy_n(view.at<float>(cell, 0), n, input.values.begin());
        rows_[input.variable] = {input.values.data(), 1};
      }
    }
    const Row results = formula_.evaluate(rows_, static_cast<std::size_t>(n), workspace_);
    for (std::int64_t i = 0; i < n; ++i) values[done + i] = results.values[i * results.stride];
  }
}

}  // namespace tessera::grid
