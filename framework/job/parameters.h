// Parameters that a plugin declares, and their values in a job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tessera::job {

enum class ParameterType { real, integer, boolean, text };

/// A numeric value: an integer for integer and boolean parameters (false is 0, true is 1), a double for real
/// parameters.
using Number = std::variant<double, std::int64_t>;

struct Bound {
  Number value;
  bool open = false;  ///< whether the bound itself is excluded
};

/// A key of [parameters], or a column of [[parameters.TABLE]].
struct ParameterSchema {
  std::string name;
  std::string table;  ///< empty for a plain parameter
  std::string unit;
  std::string help;
  ParameterType type = ParameterType::real;
  std::optional<Number> default_number;
  std::optional<std::string> default_text;
  std::optional<Bound> minimum;
  std::optional<Bound> maximum;
  std::vector<std::string> choices;
};

std::string text_of(const Number& number);
/// Returns a lower bound as text: "above 0" or "at least 0".
std::string text_of_minimum(const Bound& bound);
/// Returns an upper bound as text: "below 1" or "at most 1".
std::string text_of_maximum(const Bound& bound);

/// Whether `value`, which must be of the parameter's type, is within the parameter's bounds. NaN is accepted
/// only if the parameter has no bounds.
bool in_bounds(const ParameterSchema& parameter, const Number& value);

/// The values of one declared parameter, in the array that matches its type: one value for a key of
/// [parameters], or one value per row for a column of a table.
struct ParameterValues {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;  ///< values of integer and boolean parameters
  std::vector<std::string> texts;

  void push_back(const Number& value) {
    if (const auto* real = std::get_if<double>(&value)) {
      reals.push_back(*real);
    } else {
      integers.push_back(std::get<std::int64_t>(value));
    }
  }
};

}  // namespace tessera::job
