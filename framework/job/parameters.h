// Parameters that a plugin declares, and their values in a job.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tessera::job {

enum class ParameterType { real, integer, boolean, text };

struct Bound {
  double value = 0.0;
  bool open = false;  ///< the bound itself is not allowed
};

/// A key of [parameters], or a column of [[parameters.TABLE]].
struct ParameterSchema {
  std::string name;
  std::string table;  ///< empty for a plain parameter
  std::string unit;
  std::string help;
  ParameterType type = ParameterType::real;
  std::optional<double> default_number;
  std::optional<std::string> default_text;
  std::optional<Bound> minimum;
  std::optional<Bound> maximum;
  std::vector<std::string> choices;
};

/// The values of one declared parameter: one for a plain parameter, one per row for a column of a table.
struct ParameterValues {
  std::vector<double> numbers;     ///< real, integer, boolean
  std::vector<std::string> texts;  ///< text
};

}  // namespace tessera::job
