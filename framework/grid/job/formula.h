// Formulas in named variables, evaluated by muParser.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::grid {

/// Evaluates a formula; the variables are passed by position. Supports pi and e, muParser's functions and
/// operators (sin, exp, sqrt, min, max, ?: ...), and `^` for powers. Not thread-safe.
class Formula {
 public:
  /// Throws FormulaError if the text is not a valid formula in these variables. A variable named pi or e
  /// hides the constant. Every name must be a letter or _ followed by letters, digits and _.
  Formula(const std::string& text, std::vector<std::string> variables);
  Formula(Formula&&) noexcept;
  Formula& operator=(Formula&&) noexcept;
  ~Formula();

  /// The value for the given values of the variables, in the order of construction. It may be NaN or
  /// infinite.
  double operator()(std::span<const double> values) const;

  bool uses(const std::string& variable) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// What is wrong with a formula, and at which byte offset (0-based).
struct FormulaError {
  std::string problem;
  std::size_t position = 0;
  std::size_t length = 1;  ///< in bytes, at least 1
  std::string hint = {};   ///< what to write instead; may be empty
};

}  // namespace tessera::grid
