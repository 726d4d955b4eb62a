// Round numbers along an axis, and their labels.
#pragma once

#include <string>
#include <vector>

namespace tessera::picture {

/// What the numbers of an axis mean.
enum class TickKind {
  plain,
  longitude,  ///< degrees east; labels like 40°E, 20°W
  latitude    ///< degrees north; labels like 10°N, 20°S
};

struct Ticks {
  std::vector<double> at;           ///< ascending, within the range
  std::vector<std::string> labels;  ///< one per tick
  std::string factor;               ///< factor of the labels of a plain axis, such as "×10⁶"; often empty
};

/// Places about `max_ticks` ticks or fewer at round numbers in [lower, upper]; both finite, lower < upper.
Ticks round_ticks(double lower, double upper, int max_ticks, TickKind kind = TickKind::plain);

}  // namespace tessera::picture
