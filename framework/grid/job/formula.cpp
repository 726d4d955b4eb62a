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
  std::vector<double> results(program_->steps.size());
  const auto row_of = [&](const Operand& operand) {
    switch (operand.kind) {
      case Operand::Kind::constant:
        return Row{&program_->constants[operand.index], 0};
      case Operand::Kind::variable:
        return Row{&values[operand.index], 0};
      case Operand::Kind::cell:
        return Row{&cell_index, 0};
      case Operand::Kind::step:
        break;
    }
    return Row{&results[operand.index], 0};
  };
  for (std::size_t n = 0; n < results.size(); ++n) {
    const FormulaStep& step = program_->steps[n];
    std::array<Row, 3> arguments{};
    for (std::size_t a = 0; a < static_cast<std::size_t>(FormulaProgram::arguments_of(step.operation)); ++a)
      arguments[a] = row_of(step.arguments[a]);
    apply(step.operation, arguments, &results[n], 1);
  }
  return *row_of(program_->result).values;
}

}  // namespace tessera::grid
