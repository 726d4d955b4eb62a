#include "grid/job/formula.h"

#include "base/contract.h"
#include "base/text.h"
#include "job/suggest.h"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <utility>

namespace tessera::grid {

namespace {

constexpr std::size_t max_length = 8000;
constexpr int max_nesting = 100;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

// Rejects constructs that muParser accepts but that jobs must not use, and formulas too long or too deeply
// nested for muParser.
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

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> names{"sin",   "cos",  "tan",  "asin",  "acos",  "atan",  "atan2",
                                              "sinh",  "cosh", "tanh", "asinh", "acosh", "atanh", "log2",
                                              "log10", "log",  "ln",   "exp",   "sqrt",  "sign",  "rint",
                                              "abs",   "min",  "max",  "sum",   "avg"};
  return names;
}

// Describes an error from muParser in the style of the other messages. `name`: the name at the position of
// the error; empty if there is none.
std::string problem_of(const mu::Parser::exception_type& e, const std::string& name) {
  const std::string token = base::printable(e.GetToken(), 40);
  switch (e.GetCode()) {
    case mu::ecUNASSIGNABLE_TOKEN:
      return name.empty() ? fmt::format("unexpected `{}` in the formula", token)
                          : fmt::format("unknown name `{}` in the formula", base::printable(name, 40));
    case mu::ecUNEXPECTED_EOF:
      return "the formula is incomplete";
    case mu::ecMISSING_PARENS:
      return "a parenthesis is not closed";
    case mu::ecUNEXPECTED_PARENS:
      return "unexpected parenthesis in the formula";
    case mu::ecTOO_MANY_PARAMS:
      return fmt::format("too many arguments for `{}`", token);
    case mu::ecTOO_FEW_PARAMS:
      return fmt::format("too few arguments for `{}`", token);
    case mu::ecMISSING_ELSE_CLAUSE:
      return "`?` without `:`";
    case mu::ecMISPLACED_COLON:
      return "`:` without `?`";
    default:
      return token.empty() ? "invalid formula" : fmt::format("unexpected `{}` in the formula", token);
  }
}

FormulaError to_formula_error(const mu::Parser::exception_type& e, const std::string& text,
                              const std::vector<std::string>& variables) {
  FormulaError out;
  const int position = e.GetPos();
  out.position = position > 0 ? std::min(static_cast<std::size_t>(position), text.size() - 1) : 0;
  std::string name;
  if (is_letter(text[out.position])) {
    for (std::size_t n = out.position; n < text.size() && is_name_char(text[n]); ++n) name += text[n];
    out.length = name.size();
  }
  out.problem = problem_of(e, name);
  out.has_unknown_name = e.GetCode() == mu::ecUNASSIGNABLE_TOKEN && !name.empty();
  if (!out.has_unknown_name) return out;
  std::vector<std::string> known_names = variables;
  known_names.insert(known_names.end(), function_names().begin(), function_names().end());
  known_names.insert(known_names.end(), {"pi", "e"});
  if (const auto closest = job::suggest(name, known_names))
    out.hint = fmt::format("did you mean `{}`?", *closest);
  return out;
}

}  // namespace

struct Formula::Parser {
  std::vector<double> values;
  mu::Parser parser;
};

Formula::Formula(const std::string& text, std::vector<std::string> variables)
    : parser_{std::make_unique<Parser>()} {
  check_text(text);
  parser_->values.assign(variables.size(), 0.0);
  mu::Parser& p = parser_->parser;
  try {
    p.ClearConst();
    for (const auto& [name, value] : {std::pair<const char*, double>{"pi", 3.14159265358979323846},
                                      {"_pi", 3.14159265358979323846},
                                      {"e", 2.71828182845904523536},
                                      {"_e", 2.71828182845904523536}}) {
      if (std::find(variables.begin(), variables.end(), name) == variables.end()) p.DefineConst(name, value);
    }
    for (std::size_t n = 0; n < variables.size(); ++n) p.DefineVar(variables[n], &parser_->values[n]);
    p.SetExpr(text);
    static_cast<void>(p.Eval());
    if (p.GetNumResults() != 1)
      throw FormulaError{"the formula contains more than one expression (separated by commas)",
                         std::min(text.find(','), text.size() - 1)};
  } catch (const mu::Parser::exception_type& e) {
    throw to_formula_error(e, text, variables);
  }
}

Formula::Formula(Formula&&) noexcept = default;
Formula& Formula::operator=(Formula&&) noexcept = default;
Formula::~Formula() = default;

bool Formula::uses(const std::string& variable) const {
  return parser_->parser.GetUsedVar().contains(variable);
}

double Formula::operator()(std::span<const double> values) const {
  base::expects(values.size() == parser_->values.size(), "a formula needs one value per variable");
  std::copy(values.begin(), values.end(), parser_->values.begin());
  return parser_->parser.Eval();
}

}  // namespace tessera::grid
