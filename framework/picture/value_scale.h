// Maps the values of a field to colours.
#pragma once

#include "picture/colormap.h"
#include "picture/picture.h"

namespace tessera::picture {

/// The colour scale of a frame.
class ValueScale {
 public:
  /// Sets the range of the scale as described in Frame::range.
  explicit ValueScale(const Frame& frame);

  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether the frame has values below, or above, the range.
  bool has_values_below() const { return has_values_below_; }
  bool has_values_above() const { return has_values_above_; }
  /// The colour of `value`, which must be finite. A value outside the range has the colour of the nearer end.
  Rgb colour(double value) const;

 private:
  Colormap colormap_;
  double lower_ = 0.0;
  double upper_ = 1.0;
  bool has_values_below_ = false;
  bool has_values_above_ = false;
};

}  // namespace tessera::picture
