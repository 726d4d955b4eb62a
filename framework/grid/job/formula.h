// Formulas with named variables.
#pragma once

#include "grid/job/formula_program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tessera::grid {

/// A formula with variables whose values are passed by position. Supports pi and e, the functions of
/// formula_functions(), and the operators + - * / ^ < > <= >= == != && || ?:. Copies share the program.
class Formula {
 public:
  /// Throws FormulaError if the text is not a valid formula with these variables. Each name must be a letter
  /// or _ followed by letters, digits and _. A variable named pi or e shadows the constant.
  Formula(const std::string& text, std::vector<std::string> variables, Noise noise = Noise::refused);

  /// Returns the value of the formula, which may be NaN or infinite. `values`: one value per variable, in the
  /// order passed to the constructor; `cell`: the linear index of the cell in the domain, for noise(). Throws
  /// base::ContractViolation if the number of values is wrong.
  double operator()(std::span<const double> values, std::int64_t cell = 0) const;

  /// Computes the formula `count` times. `variables`: one row per variable, in the order passed to the
  /// constructor. The formula must not contain noise(). `workspace` receives intermediate results; it must
  /// have at least workspace_size(count) elements. The values are in the row that is returned, which is valid
  /// as long as the arguments are. Allocates no memory.
  Row evaluate(std::span<const Row> variables, std::size_t count, std::span<double> workspace) const;
  std::size_t workspace_size(std::size_t count) const { return program_->steps.size() * count; }

  /// Whether the formula contains the variable.
  bool uses(const std::string& variable) const;

  const FormulaProgram& program() const { return *program_; }

 private:
  std::vector<std::string> variables_;
  std::shared_ptr<const FormulaProgram> program_;
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
