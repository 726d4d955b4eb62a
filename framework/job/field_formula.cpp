#include "job/field_formula.h"

#include "job/formula_variables.h"

#include <algorithm>
#include <cctype>

namespace tessera::job {

namespace {

/// Whether the identifier `name` occurs in the text.
bool mentions(const std::string& text, const std::string& name) {
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !word(text[at - 1])) && (end == text.size() || !word(text[end]))) return true;
  }
  return false;
}

}  // namespace

FieldFormula::FieldFormula(const FormulaText& text, const SolverSchema& schema, const JobSpec& job)
    : formula_{text.text, formula_variables(schema)},
      variables_{formula_values(job, schema)},
      depends_on_time_{mentions(text.text, "t")} {}

double FieldFormula::operator()(const std::array<double, 3>& at, double time) {
  std::copy(at.begin(), at.end(), variables_.begin());
  variables_[3] = time;
  return formula_(variables_);
}

}  // namespace tessera::job
