#include "job/parameters.h"

#include <fmt/format.h>

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

}  // namespace tessera::job
