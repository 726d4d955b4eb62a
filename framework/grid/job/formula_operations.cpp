#include "grid/job/formula_operations.h"

#include "base/digest.h"
#include "base/philox.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::grid {

namespace {

using Arguments = std::array<Row, 3>;

// The functions of one value, as muParser defines them.
double negate(double v) { return -v; }
double square(double v) { return v * v; }
double cube(double v) { return v * v * v; }
double fourth(double v) { return v * v * v * v; }
double sine(double v) { return std::sin(v); }
double cosine(double v) { return std::cos(v); }
double tangent(double v) { return std::tan(v); }
double arc_sine(double v) { return std::asin(v); }
double arc_cosine(double v) { return std::acos(v); }
double arc_tangent(double v) { return std::atan(v); }
double hyperbolic_sine(double v) { return std::sinh(v); }
double hyperbolic_cosine(double v) { return std::cosh(v); }
double hyperbolic_tangent(double v) { return std::tanh(v); }
double area_sine(double v) { return std::log(v + std::sqrt(v * v + 1)); }
double area_cosine(double v) { return std::log(v + std::sqrt(v * v - 1)); }
double area_tangent(double v) { return 0.5 * std::log((1 + v) / (1 - v)); }
double logarithm_2(double v) { return std::log(v) / std::log(2.0); }
double logarithm_10(double v) { return std::log10(v); }
double logarithm(double v) { return std::log(v); }
double exponential(double v) { return std::exp(v); }
double square_root(double v) { return std::sqrt(v); }
double sign(double v) { return v < 0 ? -1.0 : v > 0 ? 1.0 : 0.0; }
double rounded(double v) { return std::floor(v + 0.5); }
double absolute(double v) { return v >= 0 ? v : -v; }
double floor_of(double v) { return std::floor(v); }

double sum(double a, double b) { return a + b; }
double difference(double a, double b) { return a - b; }
double product(double a, double b) { return a * b; }
double quotient(double a, double b) { return a / b; }
double power(double a, double b) { return std::pow(a, b); }
double less(double a, double b) { return a < b ? 1.0 : 0.0; }
double greater(double a, double b) { return a > b ? 1.0 : 0.0; }
double at_most(double a, double b) { return a <= b ? 1.0 : 0.0; }
double at_least(double a, double b) { return a >= b ? 1.0 : 0.0; }
double equal(double a, double b) { return a == b ? 1.0 : 0.0; }
double unequal(double a, double b) { return a != b ? 1.0 : 0.0; }
double both(double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }
double either(double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }
double arc_tangent_of(double a, double b) { return std::atan2(a, b); }
double smaller(double a, double b) { return std::min(a, b); }
double larger(double a, double b) { return std::max(a, b); }
/// The remainder of a division that rounds down; it has the sign of `b`. NaN if `b` is 0.
double modulo(double a, double b) {
  if (b == 0) return std::numeric_limits<double>::quiet_NaN();
  const double remainder = std::fmod(a, b);
  if (remainder == 0) return std::copysign(0.0, b);
  return (remainder < 0) == (b < 0) ? remainder : remainder + b;
}

double linear(double v, double a, double b) { return v * a + b; }
double choose(double condition, double a, double b) { return condition != 0 ? a : b; }

template <double f(double)>
void unary(const Arguments& arguments, double* __restrict out, std::size_t n) {
  const auto [a, step] = arguments[0];
  if (step == 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[static_cast<std::ptrdiff_t>(i) * step]);
  }
}

// The loops over the common strides can be vectorised.
template <double f(double, double)>
void binary(const Arguments& arguments, double* __restrict out, std::size_t n) {
  const auto [a, step_a] = arguments[0];
  const auto [b, step_b] = arguments[1];
  if (step_a == 1 && step_b == 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (step_a == 1 && step_b == 0) {
    const double second = *b;
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i], second);
  } else if (step_a == 0 && step_b == 1) {
    const double first = *a;
    for (std::size_t i = 0; i < n; ++i) out[i] = f(first, b[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::ptrdiff_t>(i);
      out[i] = f(a[at * step_a], b[at * step_b]);
    }
  }
}

template <double f(double, double, double)>
void ternary(const Arguments& arguments, double* __restrict out, std::size_t n) {
  const auto [a, step_a] = arguments[0];
  const auto [b, step_b] = arguments[1];
  const auto [c, step_c] = arguments[2];
  if (step_a == 1 && step_b == 0 && step_c == 0) {
    const double second = *b;
    const double third = *c;
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i], second, third);
  } else if (step_a == 1 && step_b == 1 && step_c == 1) {
    for (std::size_t i = 0; i < n; ++i) out[i] = f(a[i], b[i], c[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::ptrdiff_t>(i);
      out[i] = f(a[at * step_a], b[at * step_b], c[at * step_c]);
    }
  }
}

/// The noise of a cell is the number at position 0 of the task that has the index of the cell, in the stream
/// called "noise" of the seed.
void noise(const Arguments& arguments, double* __restrict out, std::size_t n) {
  static const std::uint64_t name = base::hash_of(std::as_bytes(std::span{"noise", 5}));
  const base::RandomStream stream{static_cast<std::uint64_t>(*arguments[1].values), name};
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const double amplitude = arguments[0].values[at * arguments[0].stride];
    const double cell = arguments[2].values[at * arguments[2].stride];
    out[i] = amplitude * (2.0 * stream.uniform(static_cast<std::uint64_t>(cell), 0) - 1.0);
  }
}

using Rows = void (*)(const Arguments&, double*, std::size_t);

/// In the order of Operation.
constexpr std::array<Rows, 45> row_functions{
    unary<negate>,
    unary<square>,
    unary<cube>,
    unary<fourth>,
    unary<sine>,
    unary<cosine>,
    unary<tangent>,
    unary<arc_sine>,
    unary<arc_cosine>,
    unary<arc_tangent>,
    unary<hyperbolic_sine>,
    unary<hyperbolic_cosine>,
    unary<hyperbolic_tangent>,
    unary<area_sine>,
    unary<area_cosine>,
    unary<area_tangent>,
    unary<logarithm_2>,
    unary<logarithm_10>,
    unary<logarithm>,
    unary<exponential>,
    unary<square_root>,
    unary<sign>,
    unary<rounded>,
    unary<absolute>,
    unary<floor_of>,
    binary<sum>,
    binary<difference>,
    binary<product>,
    binary<quotient>,
    binary<power>,
    binary<less>,
    binary<greater>,
    binary<at_most>,
    binary<at_least>,
    binary<equal>,
    binary<unequal>,
    binary<both>,
    binary<either>,
    binary<arc_tangent_of>,
    binary<smaller>,
    binary<larger>,
    binary<modulo>,
    ternary<linear>,
    ternary<choose>,
    noise,
};

constexpr std::array functions{Function{"sin", Operation::sin},        Function{"cos", Operation::cos},
                               Function{"tan", Operation::tan},        Function{"asin", Operation::asin},
                               Function{"acos", Operation::acos},      Function{"atan", Operation::atan},
                               Function{"atan2", Operation::atan2, 2}, Function{"sinh", Operation::sinh},
                               Function{"cosh", Operation::cosh},      Function{"tanh", Operation::tanh},
                               Function{"asinh", Operation::asinh},    Function{"acosh", Operation::acosh},
                               Function{"atanh", Operation::atanh},    Function{"log2", Operation::log2},
                               Function{"log10", Operation::log10},    Function{"log", Operation::log},
                               Function{"ln", Operation::log},         Function{"exp", Operation::exp},
                               Function{"sqrt", Operation::sqrt},      Function{"sign", Operation::sign},
                               Function{"rint", Operation::rint},      Function{"floor", Operation::floor},
                               Function{"abs", Operation::abs},        Function{"mod", Operation::mod, 2},
                               Function{"min", Operation::min, 0},     Function{"max", Operation::max, 0},
                               Function{"sum", Operation::add, 0},     Function{"avg", Operation::divide, 0},
                               Function{"noise", Operation::noise, 2}};

}  // namespace

void apply(Operation operation, const std::array<Row, 3>& arguments, double* out, std::size_t n) {
  row_functions[static_cast<std::size_t>(operation)](arguments, out, n);
}

std::span<const Function> formula_functions() { return functions; }

const Function* find_function(std::string_view name) {
  const auto* function = std::ranges::find(functions, name, &Function::name);
  return function == functions.end() ? nullptr : function;
}

}  // namespace tessera::grid
