// Formulas with named variables, evaluated by muParser.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::grid {

/// A formula with variables whose values are passed by position. Supports pi and e, muParser's functions and
/// operators (sin, exp, sqrt, min, max, ?: ...), and `^` for powers. Not thread-safe.
class Formula {
 public:
  /// Throws FormulaError if the text is not a valid formula with these variables. Each name must be a letter
  /// or _ followed by letters, digits and _. A variable named pi or e shadows the constant.
  Formula(const std::string& text, std::vector<std::string> variables);
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;
  ~Formula();

  /// Returns the value of the formula, which may be NaN or infinite. `values`: one value per variable, in the
  /// order passed to the constructor. Throws base::ContractViolation if their number is wrong.
  double operator()(std::span<const double> values) const;

  /// Whether the formula contains the variable.
  bool uses(const std::string& variable) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// An error in a formula.
struct FormulaError {
  std::string problem;
  std::size_t position = 0;  ///< byte offset in the formula, from 0
  std::size_t length = 1;    ///< in bytes, at least 1
  std::string hint = {};     ///< a possible fix; may be empty
  bool has_unknown_name = false;
};

}  // namespace tessera::grid
