#include "grid/job/formula.h"

#include "base/contract.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

constexpr std::size_t max_length = 8000;
constexpr int max_nesting = 100;

// Rejects characters that no formula contains, assignments, and formulas that are too long or too deeply
// nested.
void check_text(const std::string& text) {
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) throw FormulaError{"the formula is empty"};
  if (text.size() > max_length) {
    throw FormulaError{fmt::format("the formula is longer than {} characters", max_length)};
  }
  int depth = 0;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const char c = text[n];
    const char before = n > 0 ? text[n - 1] : ' ';
    const char after = n + 1 < text.size() ? text[n + 1] : ' ';
    if (c == '(' && ++depth > max_nesting) {
      throw FormulaError{fmt::format("the formula has more than {} nested parentheses", max_nesting), n};
    }
    if (c == ')') --depth;
    const bool whitespace = c == '\n' || c == '\r' || c == '\t';
    if (static_cast<unsigned char>(c) >= 0x7F || (c < ' ' && !whitespace) || c == '"' || c == '\'') {
      throw FormulaError{"this character is not allowed in a formula", n};
    }
    if (c == '*' && after == '*') throw FormulaError{"unexpected `**`", n, 2, "write `^` for powers"};
    const bool comparison = after == '=' || before == '=' || before == '<' || before == '>' || before == '!';
    if (c == '=' && !comparison)
      throw FormulaError{"a formula cannot contain an assignment", n, 1, "write `==` to compare"};
  }
}

/// Returns the text if it may be a formula. Throws FormulaError if not.
const std::string& checked(const std::string& text) {
  check_text(text);
  return text;
}

/// Applies the steps of a program in order. Each writes its `count` results to its own part of `workspace`.
/// `row_of_variable`: a function that returns the values of a variable; `cells`: the indices of the cells.
template <class F>
Row run(const FormulaProgram& program, F row_of_variable, Row cells, std::size_t count, double* workspace) {
  const auto row_of = [&](const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::constant:
        return Row{&program.constants[operand.index], 0};
      case Operand::Kind::variable:
        return row_of_variable(operand.index);
      case Operand::Kind::cell:
        return cells;
      case Operand::Kind::step:
        break;
    }
    return Row{workspace + operand.index * count, 1};
  };
  for (std::size_t n = 0; n < program.steps.size(); ++n) {
    const FormulaStep& step = program.steps[n];
    std::array<Row, 3> arguments{};
    for (std::size_t a = 0; a < static_cast<std::size_t>(FormulaProgram::arguments_of(step.operation)); ++a)
      arguments[a] = row_of(step.arguments[a]);
    apply(step.operation, arguments, workspace + n * count, count);
  }
  return row_of(program.result);
}

}  // namespace

Formula::Formula(const std::string& text, std::vector<std::string> variables, Noise noise)
    : variables_{std::move(variables)},
      program_{std::make_shared<const FormulaProgram>(compile_formula(checked(text), variables_, noise))} {}

bool Formula::uses(const std::string& variable) const {
  const auto at = std::ranges::find(variables_, variable);
  return at != variables_.end() &&
         program_->used_variables[static_cast<std::size_t>(at - variables_.begin())];
}

double Formula::operator()(std::span<const double> values, std::int64_t cell) const {
  base::expects(values.size() == variables_.size(), "a formula needs one value per variable");
  const auto cell_index = static_cast<double>(cell);
  std::vector<double> workspace(workspace_size(1));
  const auto variable = [&](std::size_t n) { return Row{&values[n], 0}; };
  return *run(*program_, variable, Row{&cell_index, 0}, 1, workspace.data()).values;
}

Row Formula::evaluate(std::span<const Row> variables, std::size_t count, std::span<double> workspace) const {
  base::expects(variables.size() == variables_.size(), "a formula needs one row per variable");
  base::expects(workspace.size() >= workspace_size(count), "the workspace of a formula is too small");
  return run(
      *program_, [&](std::size_t n) { return variables[n]; }, {}, count, workspace.data());
}

}  // namespace tessera::grid
