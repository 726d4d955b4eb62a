// A grid as it lies in a file, before it is checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tessera::input {

/// Most values that a grid may have: 16 GiB as doubles.
inline constexpr std::uint64_t most_grid_values = std::uint64_t{1} << 31;

struct RawGrid {
  std::string name;                       ///< of the data set or file, for messages
  std::vector<std::string> axis_names;    ///< x first
  std::vector<std::vector<double>> axes;  ///< x first, in any order of values
  std::vector<double> values;             ///< x fastest, rows in the order of the axes
  std::vector<double> missing;            ///< values that stand for "no value"
  double scale = 1.0;                     ///< value = stored * scale + offset
  double offset = 0.0;
};

}  // namespace tessera::input
