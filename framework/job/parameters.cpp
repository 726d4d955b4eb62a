#include "job/parameters.h"

#include <fmt/format.h>

#include <cmath>

namespace tessera::job {

std::string text_of(const Number& number) {
  return std::visit([](auto value) { return fmt::format("{}", value); }, number);
}

std::string text_of_minimum(const Bound& bound) {
  return (bound.open ? "above " : "at least ") + text_of(bound.value);
}

std::string text_of_maximum(const Bound& bound) {
  return (bound.open ? "below " : "at most ") + text_of(bound.value);
}

bool in_bounds(const ParameterSchema& p, const Number& v) {
  const bool too_low = p.minimum && (p.minimum->open ? !(v > p.minimum->value) : !(v >= p.minimum->value));
  const bool too_high = p.maximum && (p.maximum->open ? !(v < p.maximum->value) : !(v <= p.maximum->value));
  return !too_low && !too_high;
}

std::string problem_of(const ParameterSchema& p, const Number& value) {
  const auto* real = std::get_if<double>(&value);
  if (real != nullptr && !std::isfinite(*real)) return fmt::format("`{}` must be finite", p.name);
  if (in_bounds(p, value)) return {};
  std::vector<std::string> parts;
  if (p.minimum) parts.push_back(text_of_minimum(*p.minimum));
  if (p.maximum) parts.push_back(text_of_maximum(*p.maximum));
  return fmt::format("`{}` must be {}", p.name, fmt::join(parts, " and "));
}

}  // namespace tessera::job
