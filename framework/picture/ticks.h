// Ticks at round numbers along an axis, and their labels.
#pragma once

#include <string>
#include <vector>

namespace tessera::picture {

/// The meaning of the numbers along an axis.
enum class TickKind {
  plain,
  longitude,  ///< degrees east; labels like 40°E, 20°W
  latitude    ///< degrees north; labels like 10°N, 20°S
};

struct Ticks {
  std::vector<double> positions;    ///< in ascending order, within the range
  std::vector<std::string> labels;  ///< one per tick
  std::string factor;               ///< factor of all labels of a plain axis, such as "×10⁶"; may be empty
};

/// Places at most `max_intervals` + 1 ticks at round numbers in [lower, upper]. `lower` must be less than
/// `upper`; both, and their difference, must be finite.
Ticks make_ticks(double lower, double upper, int max_intervals, TickKind kind = TickKind::plain);

}  // namespace tessera::picture
