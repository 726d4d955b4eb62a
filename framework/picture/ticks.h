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
  std::vector<std::string> labels;  ///< one a tick
  std::string factor;  ///< what the labels of a plain axis are to be multiplied by: "×10⁶"; often empty
};

/// At most about `most` round numbers within [lower, upper]; both finite, lower < upper.
Ticks round_ticks(double lower, double upper, int most, TickKind kind = TickKind::plain);

}  // namespace tessera::picture
