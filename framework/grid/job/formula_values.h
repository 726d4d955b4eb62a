// The values of a formula while it is compiled.
#pragma once

#include "grid/job/formula_program.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace tessera::grid {

/// The stack of values that the operations of a formula replace by their results. Computes operations on
/// constants, and simplifies polynomials of a variable as muParser does, so that formulas have the same
/// values, to the last bit: for example, 2*x + 3*x becomes 5*x + 0, and x^2 becomes x*x.
class FormulaValues {
 public:
  void push_constant(double value) { values_.push_back({Value::Kind::constant, 0, 0.0, value}); }
  void push_variable(std::size_t variable) { values_.push_back({Value::Kind::variable, variable, 1.0}); }

  /// Replaces the topmost value by the result of an operation.
  void apply_unary(Operation operation);
  /// Replaces the two topmost values by the result of an operation.
  void apply_binary(Operation operation);
  /// Replaces the two topmost values by a call of a function of two arguments.
  void call_binary(Operation operation);
  /// Replaces the three topmost values by the second or the third of them.
  void choose();
  /// Replaces the `count` topmost values by the result of a function of any number of values: Operation::min,
  /// max, add (their sum) or divide (their average).
  void fold(Operation operation, int count);
  /// Replaces the two topmost values, an amplitude and a seed, by noise.
  void noise();

  /// The topmost value; nullopt if it is not a constant.
  std::optional<double> constant_on_top() const;

  /// Makes the topmost value the result of the formula, and returns the steps.
  FormulaProgram take();

 private:
  struct Value {
    enum class Kind {
      constant,  ///< offset
      variable,
      linear,  ///< variable * scale + offset
      power,   ///< variable^exponent
      step     ///< the result of a step
    };
    Kind kind = Kind::constant;
    std::size_t index = 0;  ///< of the variable or the step
    double scale = 0.0;     ///< 1 for a variable
    double offset = 0.0;
    int exponent = 1;  ///< 2, 3 or 4

    bool is(Kind k) const { return kind == k; }
  };

  /// Simplifies an operation on two values; returns nullopt if it needs a step.
  static std::optional<Value> simplified(Operation operation, const Value& a, const Value& b);
  Value pop();
  Operand constant_operand(double value);
  Operand operand_of(const Value& value);
  Operand add_step(Operation operation, const std::array<Operand, 3>& arguments);
  void push_step(Operation operation, const std::array<Operand, 3>& arguments);

  std::vector<Value> values_;
  FormulaProgram program_;
};

}  // namespace tessera::grid
