// Sizes, colours and axes, which line plots and maps share.
#pragma once

#include "picture/canvas.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tessera::picture {

/// Colours, text styles, and sizes in pixels. `scale` is 1 for a picture whose longer side has about
/// 1000 pixels.
struct PictureStyle {
  double scale = 1.0;

  static constexpr Rgb text_colour{38, 43, 51};
  static constexpr Rgb muted_text_colour{97, 104, 115};
  static constexpr Rgb axis_colour{70, 77, 87};
  static constexpr Rgb grid_colour{231, 233, 236};

  /// Converts a size at scale 1 to pixels.
  double px(double size) const { return size * scale; }
  /// The width of thin lines.
  double hairline() const { return std::max(1.0, std::round(scale)); }
  TextStyle title() const { return {px(17), text_colour, Anchor::left, true, false, false}; }
  TextStyle subtitle() const { return {px(13), muted_text_colour, Anchor::left, false, false, false}; }
  TextStyle tick(Anchor anchor) const { return {px(12), muted_text_colour, anchor, false, false, false}; }
  TextStyle label(bool upward) const { return {px(13), text_colour, Anchor::middle, false, false, upward}; }
  TextStyle marker(Anchor anchor) const { return {px(12), text_colour, anchor, false, true, false}; }
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

/// The width of the widest tick label in pixels.
inline double max_label_width(const Canvas& canvas, const Ticks& ticks, const TextStyle& style) {
  double width = 0.0;
  for (const std::string& label : ticks.labels) width = std::max(width, canvas.text_width(label, style));
  return width;
}

/// The label of an axis, followed by the factor of its tick labels, if any.
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
