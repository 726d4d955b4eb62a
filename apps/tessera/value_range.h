// The range of values of gridded data.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace tessera::app {

/// The range of values, without missing ones.
struct ValueRange {
  std::size_t count = 0;
  std::size_t missing = 0;
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};

/// Returns the range of `values`, in which NaN stands for a missing value.
inline ValueRange range_of(std::span<const double> values) {
  ValueRange range;
  range.count = values.size();
  for (const double value : values) {
    if (std::isnan(value)) {
      ++range.missing;
    } else {
      range.least = std::min(range.least, value);
      range.greatest = std::max(range.greatest, value);
    }
  }
  return range;
}

}  // namespace tessera::app
