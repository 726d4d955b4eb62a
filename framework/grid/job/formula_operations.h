// The operations of formulas, on rows of values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::grid {

/// An operation of a compiled formula.
enum class Operation : std::uint8_t {
  // of one value
  negate,
  square,
  cube,
  fourth,  ///< v*v*v*v
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  log2,
  log10,
  log,
  exp,
  sqrt,
  sign,
  rint,
  abs,
  floor,
  // of two values
  add,
  subtract,
  multiply,
  divide,
  power,
  less,
  greater,
  at_most,
  at_least,
  equal,
  unequal,
  both,    ///< &&
  either,  ///< ||
  atan2,
  min,
  max,
  mod,
  // of three values
  linear,  ///< v*a + b
  choose,  ///< condition ? a : b
  noise    ///< amplitude, seed, linear index of the cell
};

/// Values along a row: the first value, and the distance to the next in elements; 0 repeats the value.
struct Row {
  const double* values = nullptr;
  std::ptrdiff_t stride = 0;
};

/// Writes the `n` results of an operation to `out`, which must not overlap the arguments. An operation uses
/// its first one to three arguments. The value of each element depends on the values of its arguments alone,
/// to the last bit.
void apply(Operation operation, const std::array<Row, 3>& arguments, double* out, std::size_t n);

/// A function that formulas can call.
struct Function {
  std::string_view name;
  Operation operation{};
  int arguments = 1;  ///< their number; 0: one or more
};

/// All functions, in the order in which messages list them.
std::span<const Function> formula_functions();

/// Returns the function called `name`; nullptr if there is none.
const Function* find_function(std::string_view name);

}  // namespace tessera::grid
