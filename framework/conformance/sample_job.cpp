#include "conformance/sample_job.h"

#include "base/error.h"

#include <array>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

namespace tessera::conformance {

namespace {

using base::Error;
using base::ExitCode;

struct Axis {
  int cells;
  const char* upper;  // upper bound of the domain, for a spacing of 0.1
  const char* wave;   // beginning of a formula with the period of the domain
};

constexpr std::array<Axis, 3> axes{
    {{24, "2.4", "sin(2*pi*x/2.4"}, {20, "2.0", "cos(2*pi*y/2.0"}, {16, "1.6", "cos(2*pi*z/1.6"}}};

/// Time step for solvers that do not compute a stable one.
constexpr const char* fixed_dt = "dt = 0.001\n";

constexpr const char* advice = "specify a job for it with --job";

void require_defaults(const solver::SolverSchema& schema) {
  std::string missing;
  for (const job::ParameterSchema& p : schema.parameters) {
    const bool may_be_absent = p.table.empty() ? !p.required() : p.minimum_count == 0;
    if (may_be_absent) continue;
    missing += (missing.empty() ? "`" : ", `") + (p.table.empty() ? p.name : p.table + "." + p.name) + "`";
  }
  if (missing.empty()) return;
  throw Error(ExitCode::usage,
              fmt::format("the solver `{}` has parameters without defaults: {}", schema.name, missing),
              advice);
}

int dimensions_of(const solver::SolverSchema& schema) {
  for (int d = 3; d > 1; --d) {
    if (schema.dimensions[static_cast<std::size_t>(d - 1)]) return d;
  }
  return 1;
}

/// A smooth, periodic formula with values from `base` to 10 % above it, or from 0 to 0.1 if `base` is 0.
/// Each `index` gives a different formula.
std::string formula(double base, int dimensions, int index) {
  std::string wave;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
    wave += fmt::format("{}{} + {:.1f})", a == 0 ? "" : "*", axes[a].wave, 0.7 * index);
  }
  const double amplitude = base == 0.0 ? 0.05 : 0.05 * std::abs(base);
  return fmt::format("{} + {}*(1 + {})", base, amplitude, wave);
}

std::string initial_values(const solver::SolverSchema& schema, int dimensions) {
  std::string text;
  int index = 0;
  for (const solver::FieldSchema& f : schema.fields) {
    if (f.kind != solver::FieldKind::state && f.kind != solver::FieldKind::constant) continue;
    std::string values;
    for (int c = 0; c < f.components; ++c) {
      values += fmt::format("{}\"{}\"", c == 0 ? "" : ", ",
                            formula(f.default_value.value_or(1.0), dimensions, index++));
    }
    if (f.components > 1) values = "[" + values + "]";
    text += fmt::format("{} = {}\n", f.name, values);
  }
  return text;
}

}  // namespace

std::string sample_job(const solver::SolverSchema& schema) {
  require_defaults(schema);
  if (!schema.cartesian) {
    throw Error(ExitCode::usage, fmt::format("the solver `{}` only works on a sphere", schema.name), advice);
  }
  const int dimensions = dimensions_of(schema);
  std::string cells;
  std::string upper;
  for (std::size_t a = 0; a < static_cast<std::size_t>(dimensions); ++a) {
    cells += fmt::format("{}{}", a == 0 ? "" : ", ", axes[a].cells);
    upper += fmt::format("{}{}", a == 0 ? "" : ", ", axes[a].upper);
  }
  return fmt::format(
      "[job]\nname = \"test of {0}\"\nsolver = \"{0}\"\n\n[domain]\ncells = [{1}]\nupper = [{2}]\n"
      "boundary = \"periodic\"\n\n[initial]\n{3}\n[time]\nmax_steps = 12\n{4}",
      schema.name, cells, upper, initial_values(schema, dimensions), schema.has_dt ? "" : fixed_dt);
}

}  // namespace tessera::conformance
