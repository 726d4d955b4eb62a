// Colours for the values of a frame.
#pragma once

#include "picture/colormap.h"
#include "picture/picture.h"

namespace tessera::picture {

class ValueScale {
 public:
  /// Uses the range that Frame::range defines.
  explicit ValueScale(const Frame& frame);

  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether some values of the frame are below or above the range.
  bool below() const { return below_; }
  bool above() const { return above_; }
  /// `value` must be finite; values outside the range have the colour of the nearer end.
  Rgb colour(double value) const;

 private:
  Colormap colormap_;
  double lower_ = 0.0;
  double upper_ = 1.0;
  bool below_ = false;
  bool above_ = false;
};

}  // namespace tessera::picture
