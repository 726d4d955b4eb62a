// Colours for the values of a frame.
#pragma once

#include "picture/colormap.h"
#include "picture/picture.h"

namespace tessera::picture {

class ValueScale {
 public:
  /// Range as Frame::range says.
  explicit ValueScale(const Frame& frame);

  double lower() const { return lower_; }
  double upper() const { return upper_; }
  /// Whether values of the frame lie beyond the range.
  bool below() const { return below_; }
  bool above() const { return above_; }
  /// `value` must be finite; those beyond the range take the colour of the nearer end.
  Rgb colour(double value) const;

 private:
  Colormap colormap_;
  double lower_ = 0.0;
  double upper_ = 1.0;
  bool below_ = false;
  bool above_ = false;
};

}  // namespace tessera::picture
