#include "grid/job/field_formula.h"

#include <algorithm>

namespace tessera::grid {

namespace {

bool is_identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && name.size() <= 100 && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
}

bool is_variable(const job::ParameterSchema& p) {
  return p.table.empty() && p.shape == job::ParameterShape::single && p.type != job::ParameterType::text &&
         is_identifier(p.name) && p.name != "x" && p.name != "y" && p.name != "z" && p.name != "t";
}

}  // namespace

std::vector<std::string> formula_variables(const solver::SolverSchema& schema) {
  std::vector<std::string> names{"x", "y", "z", "t"};
  for (const job::ParameterSchema& p : schema.parameters) {
    if (is_variable(p)) names.push_back(p.name);
  }
  return names;
}

std::vector<double> formula_values(const JobSpec& job, const solver::SolverSchema& schema) {
  std::vector<double> values(4, 0.0);
  for (std::size_t n = 0; n < schema.parameters.size(); ++n) {
    if (!is_variable(schema.parameters[n])) continue;
    const job::ParameterValues& p = job.parameters.at(n);
    values.push_back(p.integers.empty() ? p.reals.at(0) : static_cast<double>(p.integers.front()));
  }
  return values;
}

std::vector<int> condition_fields(const solver::SolverSchema& schema) {
  std::vector<int> fields;
  for (std::size_t n = 0; n < schema.fields.size(); ++n) {
    const solver::FieldSchema& f = schema.fields[n];
    using enum solver::FieldKind;
    if (f.components == 1 && f.kind != work && f.kind != statistic && is_identifier(f.name))
      fields.push_back(static_cast<int>(n));
  }
  return fields;
}

std::vector<std::string> condition_variables(const solver::SolverSchema& schema) {
  std::vector<std::string> names;
  for (const int f : condition_fields(schema))
    names.push_back(schema.fields[static_cast<std::size_t>(f)].name);
  return names;
}

std::vector<std::string> statistic_variables(const solver::SolverSchema& schema) {
  std::vector<std::string> names = condition_variables(schema);
  for (const std::string& name : formula_variables(schema)) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

FieldFormula::FieldFormula(const FormulaText& text, const solver::SolverSchema& schema, const JobSpec& job)
    : formula{text.text, formula_variables(schema), Noise::allowed}, variables{formula_values(job, schema)} {}

}  // namespace tessera::grid
