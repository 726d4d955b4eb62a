// A compiled formula.
#pragma once

#include "grid/job/formula_operations.h"

#include <array>
#include <string>
#include <vector>

namespace tessera::grid {

/// An argument of a step.
struct Operand {
  enum class Kind {
    constant,  ///< index in FormulaProgram::constants
    variable,  ///< index of the variable
    cell,      ///< the linear index of the cell in the domain
    step       ///< index of an earlier step
  };
  Kind kind = Kind::constant;
  std::size_t index = 0;
};

struct FormulaStep {
  Operation operation{};
  std::array<Operand, 3> arguments{};
};

/// The steps that compute the value of a formula, in order. Both branches of `?:` are computed.
struct FormulaProgram {
  std::vector<double> constants;
  std::vector<FormulaStep> steps;
  Operand result;
  std::vector<bool> used_variables;

  /// Number of arguments that the operation of a step uses.
  static int arguments_of(Operation operation) {
    if (operation < Operation::add) return 1;
    return operation < Operation::linear ? 2 : 3;
  }
};

/// Whether a formula may call noise(), which needs a cell of the domain.
enum class Noise { allowed, refused };

/// Compiles a formula with these variables; see Formula. Throws FormulaError.
FormulaProgram compile_formula(const std::string& text, const std::vector<std::string>& variables,
                               Noise noise);

}  // namespace tessera::grid
