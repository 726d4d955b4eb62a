// Maps the values of a frame to colours.
#pragma once

#include "picture/colormap.h"
#include "picture/picture.h"

namespace tessera::picture {

class ValueScale {
 public:
  /// The range of the scale is chosen as described at Frame::range.
  explicit ValueScale(const Frame& frame);

  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether the frame has values below or above the range.
  bool has_below() const { return below_; }
  bool has_above() const { return above_; }
  /// Colour of `value`, which must be finite. Values outside the range have the colour of the nearer end.
  Rgb colour(double value) const;

 private:
  Colormap colormap_;
  double lower_ = 0.0;
  double upper_ = 1.0;
  bool below_ = false;
  bool above_ = false;
};

}  // namespace tessera::picture
