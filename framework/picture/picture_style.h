// Sizes and colours that all pictures share.
#pragma once

#include "picture/canvas.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tessera::picture {

/// Sizes, in pixels, for a picture whose longer side is about 1000 times `unit` pixels.
struct PictureStyle {
  double unit = 1.0;

  static constexpr Rgb ink{38, 43, 51};
  static constexpr Rgb soft{97, 104, 115};
  static constexpr Rgb rule{70, 77, 87};
  static constexpr Rgb grid{231, 233, 236};

  double px(double size) const { return size * unit; }
  double hairline() const { return std::max(1.0, std::round(unit)); }
  TextStyle title() const { return {px(17), ink, Anchor::left, true, false, false}; }
  TextStyle subtitle() const { return {px(13), soft, Anchor::left, false, false, false}; }
  TextStyle tick(Anchor anchor) const { return {px(12), soft, anchor, false, false, false}; }
  TextStyle label(bool upward) const { return {px(13), ink, Anchor::middle, false, false, upward}; }
  TextStyle marker(Anchor anchor) const { return {px(12), ink, anchor, false, true, false}; }
};

/// The rectangle that the plot occupies within a picture.
struct PlotArea {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  double left() const { return x; }
  double right() const { return x + width; }
  double top() const { return y; }
  double bottom() const { return y + height; }
  /// The x coordinate, in pixels, of a value on the horizontal axis.
  double pixel_x(double value, const PictureAxis& axis) const {
    return x + width * (value - axis.lower) / (axis.upper - axis.lower);
  }
  /// The y coordinate, in pixels, of a value on a vertical axis over [lower, upper].
  double pixel_y(double value, double lower, double upper) const {
    return bottom() - height * (value - lower) / (upper - lower);
  }
};

/// Width of the widest tick label in pixels.
inline double max_label_width(const Canvas& canvas, const Ticks& ticks, const TextStyle& style) {
  double width = 0.0;
  for (const std::string& label : ticks.labels) width = std::max(width, canvas.text_width(label, style));
  return width;
}

/// The label of an axis, followed by the factor of its ticks, if any.
inline std::string axis_title(const std::string& label, const Ticks& ticks) {
  return label.empty() || ticks.factor.empty() ? label + ticks.factor : label + "  (" + ticks.factor + ")";
}

/// Draws the title and subtitle, and the ticks and labels of both axes. `x` and `y`: the ticks of the
/// horizontal axis and of the vertical axis, which covers [y_lower, y_upper].
void draw_titles_and_axes(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame,
                          const Ticks& x, const Ticks& y, double y_lower, double y_upper,
                          const std::string& y_label);

/// Draws a line plot (1-D) or a map (2-D) and writes it as a PNG to `path`.
void draw_line_plot(const Frame& frame, const std::string& path);
void draw_map(const Frame& frame, const std::string& path);

}  // namespace tessera::picture
