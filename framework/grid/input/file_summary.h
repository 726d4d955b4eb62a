// How the variables of a data file are interpreted.
#pragma once

#include "grid/input/grid_data.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::input {

/// A dimension of a variable.
struct AxisSummary {
  std::string role;   ///< "x", "y", "z" or "time"; empty if it is unknown
  std::string name;   ///< of the coordinates or of the dimension; may be empty
  std::string units;  ///< of the coordinates; may be empty
  std::uint64_t length = 0;
  std::string first;               ///< first coordinate, or date; empty if there are no coordinates
  std::string last;                ///< last coordinate
  std::optional<bool> descending;  ///< order of the coordinates, unless it is a time
};

struct VariableSummary {
  std::string name;
  std::string type;  ///< of the stored numbers, such as "float32"
  std::string units;
  std::string title;              ///< long or standard name; may be empty
  std::vector<AxisSummary> axes;  ///< in the order of the file, the slowest first
  std::string at;                 ///< time of `data`; empty if there is only one
  std::optional<GridData> data;   ///< all values at this time, NaN if missing; nullopt if there is a problem
  std::string problem;            ///< why the variable cannot be read; empty if it can
};

/// Summarises the variables of a file that contain numbers on a grid of 1 to 3 dimensions, without
/// coordinates. Variables with more than `max_values` values at a time are reported as a problem. If
/// `dataset` is not empty, only this one. Throws base::Error as open_grid_file() does, and bad_data if there
/// is no such variable.
std::vector<VariableSummary> summarize_file(const std::string& path, const std::string& dataset,
                                            std::uint64_t max_values = std::uint64_t{1} << 27);

}  // namespace tessera::input
