// Parameters that a plugin declares, and their values in a job.
#pragma once

#include <algorithm>
#include <cstddef>
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

/// The values of one declared parameter, in the array that matches its type: one value for a number or a
/// text, and any number of values for a list, for a column of a table (one per row) and for a series (one per
/// time).
struct ParameterValues {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;  ///< values of integer and boolean parameters
  std::vector<std::string> texts;
  std::vector<double> times;  ///< series: the times of the values in seconds; {0} if the value is constant

  std::size_t size() const { return std::max({reals.size(), integers.size(), texts.size()}); }

  void push_back(const Number& value) {
    if (const auto* real = std::get_if<double>(&value)) {
      reals.push_back(*real);
    } else {
      integers.push_back(std::get<std::int64_t>(value));
    }
  }
};

/// Whether a parameter has one value, any number of values, or a value that changes with time.
enum class ParameterShape { single, list, series };

/// The largest number of elements of a list, rows of a table, and times of a series.
inline constexpr std::int64_t max_values = 100000;

/// A key of [parameters], or a column of a table in [parameters].
struct ParameterSchema {
  std::string name;
  std::string table;  ///< empty for a key of [parameters]
  std::string unit;
  std::string help;
  ParameterType type = ParameterType::real;
  ParameterShape shape = ParameterShape::single;
  std::optional<Number> default_number;  ///< of a series: its value at all times
  std::optional<std::string> default_text;
  std::optional<ParameterValues> default_list;
  std::optional<Bound> minimum;  ///< of each value
  std::optional<Bound> maximum;
  std::vector<std::string> choices;
  std::int64_t minimum_count = 0;  ///< of the elements of a list, or the rows of the table
  std::int64_t maximum_count = max_values;

  /// Whether a job must set the parameter, or the table in each of its rows.
  bool required() const { return !default_number && !default_text && !default_list; }
};

std::string text_of(const Number& number);
/// Returns a lower bound as text: "above 0" or "at least 0".
std::string text_of_minimum(const Bound& bound);
/// Returns an upper bound as text: "below 1" or "at most 1".
std::string text_of_maximum(const Bound& bound);

/// Whether `value`, which must be of the parameter's type, is within the parameter's bounds. NaN is accepted
/// only if the parameter has no bounds.
bool in_bounds(const ParameterSchema& parameter, const Number& value);

/// Returns why `value`, which must be of the parameter's type, is not allowed; an empty string if it is.
std::string problem_of(const ParameterSchema& parameter, const Number& value);

}  // namespace tessera::job
