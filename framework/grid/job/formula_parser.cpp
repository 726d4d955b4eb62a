#include "base/text.h"
#include "grid/job/formula.h"
#include "grid/job/formula_values.h"
#include "job/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace tessera::grid {

namespace {

constexpr double max_seed = 9007199254740992.0;  // 2^53

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_letter(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::array constants{std::pair<std::string_view, double>{"pi", 3.14159265358979323846},
                               std::pair<std::string_view, double>{"_pi", 3.14159265358979323846},
                               std::pair<std::string_view, double>{"e", 2.71828182845904523536},
                               std::pair<std::string_view, double>{"_e", 2.71828182845904523536}};

struct BinaryOperator {
  std::string_view text;
  Operation operation;
  int precedence;
};
constexpr int sign_precedence = 4;
constexpr int power_precedence = 5;
/// Longer texts come first.
constexpr std::array operators{BinaryOperator{"<=", Operation::at_most, 2},
                               BinaryOperator{">=", Operation::at_least, 2},
                               BinaryOperator{"!=", Operation::unequal, 2},
                               BinaryOperator{"==", Operation::equal, 2},
                               BinaryOperator{"&&", Operation::both, 1},
                               BinaryOperator{"||", Operation::either, 0},
                               BinaryOperator{"<", Operation::less, 2},
                               BinaryOperator{">", Operation::greater, 2},
                               BinaryOperator{"+", Operation::add, 3},
                               BinaryOperator{"-", Operation::subtract, 3},
                               BinaryOperator{"*", Operation::multiply, 4},
                               BinaryOperator{"/", Operation::divide, 4},
                               BinaryOperator{"^", Operation::power, power_precedence}};

/// Parses a formula from left to right. Operators wait on a stack until both of their operands are known.
class Parser {
 public:
  Parser(const std::string& text, const std::vector<std::string>& variables, Noise noise)
      : text_{text}, variables_{variables}, noise_{noise}, used_(variables.size(), false) {}

  FormulaProgram parse() {
    bool expects_operand = true;
    for (skip_spaces(); at_ < text_.size(); skip_spaces())
      expects_operand = expects_operand ? read_operand() : read_operator();
    if (expects_operand) throw FormulaError{"the formula is incomplete", text_.size() - 1};
    reduce(0);
    if (!pending_.empty()) {
      const bool question = pending_.back().kind == Pending::Kind::question;
      throw FormulaError{question ? "`?` without `:`" : "a parenthesis is not closed",
                         pending_.back().position};
    }
    FormulaProgram program = values_.take();
    program.used_variables = std::move(used_);
    return program;
  }

 private:
  /// An operator whose last operand is not complete, or an open parenthesis.
  struct Pending {
    enum class Kind { binary, sign, open, question, colon };
    Kind kind;
    std::size_t position;
    Operation operation{};
    int precedence = 0;                  ///< of a binary operator or a sign
    const Function* function = nullptr;  ///< before an open parenthesis
    std::size_t function_position = 0;
    int arguments = 1;  ///< that have begun
  };

  char at(std::size_t n) const { return n < text_.size() ? text_[n] : ' '; }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  /// The name, number or character at the current position.
  std::string token() const {
    std::size_t end = at_ + 1;
    if (is_name_char(text_[at_])) {
      while (end < text_.size() && is_name_char(text_[end])) ++end;
    }
    return text_.substr(at_, end - at_);
  }

  [[noreturn]] void reject_token() const {
    if (text_[at_] == '(' || text_[at_] == ')')
      throw FormulaError{"unexpected parenthesis in the formula", at_};
    const std::string found = token();
    throw FormulaError{fmt::format("unexpected `{}` in the formula", base::printable(found, 40)), at_,
                       found.size()};
  }

  [[noreturn]] void reject_name(const std::string& name) const {
    std::vector<std::string> known{variables_};
    for (const Function& f : formula_functions()) {
      if (f.operation != Operation::noise || noise_ == Noise::allowed) known.emplace_back(f.name);
    }
    known.insert(known.end(), {"pi", "e"});
    const auto closest = job::suggest(name, known);
    throw FormulaError{fmt::format("unknown name `{}` in the formula", base::printable(name, 40)), at_,
                       name.size(), closest ? fmt::format("did you mean `{}`?", *closest) : "", true};
  }

  bool is_known(const std::string& name) const {
    return std::ranges::find(variables_, name) != variables_.end() || find_function(name) != nullptr ||
           std::ranges::any_of(constants, [&](const auto& c) { return c.first == name; });
  }

  // The following functions read a token and return whether an operand must follow.

  bool read_operand() {
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(at(at_ + 1)))) return read_number();
    if (is_letter(c)) return read_name();
    if (c == '(') {
      pending_.push_back({Pending::Kind::open, at_++});
      return true;
    }
    if (c == '-' || c == '+') {
      if (!pending_.empty() && pending_.back().kind == Pending::Kind::sign) reject_token();
      pending_.push_back(
          {Pending::Kind::sign, at_++, c == '-' ? Operation::negate : Operation::add, sign_precedence});
      return true;
    }
    const Function* function = pending_.empty() ? nullptr : pending_.back().function;
    if (c == ')' && function != nullptr && pending_.back().arguments == 1) {
      throw FormulaError{fmt::format("too few arguments for `{}`", function->name), at_};
    }
    reject_token();
  }

  bool read_number() {
    double value = 0.0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    const auto length = static_cast<std::size_t>(end - begin);
    if (error != std::errc{}) {
      throw FormulaError{fmt::format("the number `{}` is too large or too small for double precision",
                                     text_.substr(at_, length)),
                         at_, length};
    }
    at_ += length;
    values_.push_constant(value);
    return false;
  }

  bool read_name() {
    const std::string name = token();
    std::size_t next = at_ + name.size();
    while (next < text_.size() && is_space(text_[next])) ++next;
    const Function* function = find_function(name);
    if (function != nullptr && at(next) == '(') {
      if (function->operation == Operation::noise && noise_ == Noise::refused) {
        throw FormulaError{"`noise` is allowed in [initial] only", at_, name.size(),
                           "elsewhere, a formula has no cell of the domain"};
      }
      pending_.push_back({Pending::Kind::open, next, {}, 0, function, at_});
      at_ = next + 1;
      return true;
    }
    const auto constant = std::ranges::find(constants, name, &std::pair<std::string_view, double>::first);
    if (const auto variable = std::ranges::find(variables_, name); variable != variables_.end()) {
      const auto index = static_cast<std::size_t>(variable - variables_.begin());
      used_[index] = true;
      values_.push_variable(index);
    } else if (constant != constants.end()) {
      values_.push_constant(constant->second);
    } else if (function != nullptr) {
      throw FormulaError{fmt::format("`{}` is a function", name), at_, name.size(),
                         fmt::format("write its arguments in parentheses, as in `{}(...)`", name)};
    } else {
      reject_name(name);
    }
    at_ += name.size();
    return false;
  }

  bool read_operator() {
    const char c = text_[at_];
    if (c == ')') return close_parenthesis();
    if (c == ',') return next_argument();
    if (c == '?') {
      reduce(0, true);
      pending_.push_back({Pending::Kind::question, at_++});
      return true;
    }
    if (c == ':') {
      reduce(0);
      if (pending_.empty() || pending_.back().kind != Pending::Kind::question)
        throw FormulaError{"`:` without `?`", at_};
      pending_.back().kind = Pending::Kind::colon;
      ++at_;
      return true;
    }
    for (const BinaryOperator& o : operators) {
      if (text_.compare(at_, o.text.size(), o.text) != 0) continue;
      // Powers associate to the right, all other operators to the left.
      reduce(o.precedence == power_precedence ? o.precedence + 1 : o.precedence, true);
      pending_.push_back({Pending::Kind::binary, at_, o.operation, o.precedence});
      at_ += o.text.size();
      return true;
    }
    if (is_letter(c) && !is_known(token())) reject_name(token());
    reject_token();
  }

  bool next_argument() {
    reduce(0);
    if (pending_.empty()) {
      throw FormulaError{"the formula contains more than one expression (separated by commas)", at_};
    }
    if (pending_.back().function == nullptr) reject_token();
    ++pending_.back().arguments;
    ++at_;
    return true;
  }

  bool close_parenthesis() {
    reduce(0);
    if (pending_.empty()) reject_token();
    if (pending_.back().kind == Pending::Kind::question)
      throw FormulaError{"`?` without `:`", pending_.back().position};
    const Pending open = pending_.back();
    pending_.pop_back();
    if (open.function != nullptr) call(*open.function, open);
    ++at_;
    return false;
  }

  /// Applies a function to the values between its parentheses.
  void call(const Function& function, const Pending& open) {
    if (function.arguments == 0) return values_.fold(function.operation, open.arguments);
    if (open.arguments != function.arguments) {
      throw FormulaError{fmt::format("too {} arguments for `{}`",
                                     open.arguments > function.arguments ? "many" : "few", function.name),
                         at_};
    }
    if (function.arguments == 1) return values_.apply_unary(function.operation);
    if (function.operation != Operation::noise) return values_.call_binary(function.operation);
    const auto seed = values_.constant_on_top();
    if (!seed || *seed != std::floor(*seed) || *seed < 0 || *seed > max_seed) {
      throw FormulaError{"the seed of `noise` must be an integer from 0 to 2^53", open.function_position,
                         function.name.size(), "write it as a number, as in `noise(0.1, 42)`"};
    }
    values_.noise();
  }

  /// Applies the pending operators of at least this precedence, back to the last open parenthesis or `?`.
  /// `keeps_choices`: whether to stop at `?:` too.
  void reduce(int precedence, bool keeps_choices = false) {
    while (!pending_.empty()) {
      const Pending& last = pending_.back();
      if (last.kind == Pending::Kind::open || last.kind == Pending::Kind::question) return;
      if (last.kind == Pending::Kind::colon) {
        if (keeps_choices) return;
        values_.choose();
      } else if (last.precedence < precedence) {
        return;
      } else if (last.kind == Pending::Kind::binary) {
        values_.apply_binary(last.operation);
      } else if (last.operation == Operation::negate) {
        values_.apply_unary(Operation::negate);
      }
      pending_.pop_back();
    }
  }

  const std::string& text_;
  const std::vector<std::string>& variables_;
  Noise noise_;
  std::vector<bool> used_;
  std::size_t at_ = 0;
  std::vector<Pending> pending_;
  FormulaValues values_;
};

}  // namespace

FormulaProgram compile_formula(const std::string& text, const std::vector<std::string>& variables,
                               Noise noise) {
  return Parser{text, variables, noise}.parse();
}

}  // namespace tessera::grid
