#include "picture/value_scale.h"

#include "base/contract.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::picture {

ValueScale::ValueScale(const Frame& frame) : colormap_{frame.colormap} {
  // Larger magnitudes could make the width of the range overflow.
  constexpr double max_magnitude = 1e300;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t i = 0; i < frame.values.size(); ++i) {
    const double value = frame.values[i];
    if (!std::isfinite(value) || (!frame.mask.empty() && frame.mask[i] != 0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (frame.range) {
    lower_ = (*frame.range)[0];
    upper_ = (*frame.range)[1];
    base::expects(std::isfinite(upper_ - lower_) && lower_ < upper_,
                  "the range of a picture must be ascending and finite");
    has_values_below_ = low < lower_;
    has_values_above_ = high > upper_;
    return;
  }
  if (low > high) return;
  lower_ = std::clamp(low, -max_magnitude, max_magnitude);
  upper_ = std::clamp(high, -max_magnitude, max_magnitude);
  if (colormap_.kind() == Colormap::Kind::diverging) {
    upper_ = std::max(std::abs(lower_), std::abs(upper_));
    lower_ = -upper_;
  }
  // Widen the range of a (nearly) constant field, so that its value is in the middle of the colour scale.
  const double min_width = std::max(1e-12 * std::max(std::abs(lower_), std::abs(upper_)), 1e-290);
  if (upper_ - lower_ < min_width) {
    const double middle = 0.5 * lower_ + 0.5 * upper_;
    const double half = middle == 0.0 ? 1.0 : 0.5 * std::abs(middle);
    lower_ = middle - half;
    upper_ = middle + half;
  }
}

Rgb ValueScale::colour(double value) const {
  if (colormap_.kind() == Colormap::Kind::sea_land && lower_ < 0.0 && upper_ > 0.0) {
    return colormap_.at(value < 0.0 ? std::min(0.5 - 0.5 * value / lower_, 0.5 - 1e-12)
                                    : 0.5 + 0.5 * value / upper_);
  }
  return colormap_.at((value - lower_) / (upper_ - lower_));
}

}  // namespace tessera::picture
