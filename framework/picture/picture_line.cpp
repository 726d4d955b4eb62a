// Pictures of 1-D fields: line plots of the values against x.
#include "picture/picture_style.h"
#include "picture/value_scale.h"

#include <cmath>

namespace tessera::picture {
namespace {

constexpr Rgb curve_colour{31, 95, 168};

/// Returns the curve in pixel coordinates, divided into pieces at values that are not finite. If a column of
/// pixels contains many cells, divides the cells into groups, and keeps only the first, lowest, highest and
/// last value of each group.
std::vector<std::vector<Point>> curve_pieces(const Frame& frame, const PlotArea& plot, double lower,
                                             double upper) {
  std::vector<std::vector<Point>> pieces(1);
  const auto pixel_x = [&](int i) { return plot.x + plot.width * (i + 0.5) / frame.nx; };
  const auto pixel_y = [&](double value) {
    // Clamp values far outside the plot, which would exceed the range of cairo's fixed-point numbers.
    return plot.bottom() - plot.height * std::clamp((value - lower) / (upper - lower), -4.0, 5.0);
  };
  const int group_size = std::max(1, frame.nx / (2 * plot.width));
  for (int start = 0; start < frame.nx; start += group_size) {
    const int end = std::min(start + group_size, frame.nx);
    std::vector<int> indices;
    int lowest = start;
    int highest = start;
    bool all_finite = true;
    for (int i = start; i < end; ++i) {
      const double value = frame.values[static_cast<std::size_t>(i)];
      all_finite = all_finite && std::isfinite(value);
      if (value < frame.values[static_cast<std::size_t>(lowest)]) lowest = i;
      if (value > frame.values[static_cast<std::size_t>(highest)]) highest = i;
    }
    if (!all_finite) {
      if (!pieces.back().empty()) pieces.emplace_back();
      continue;
    }
    for (const int i : {start, std::min(lowest, highest), std::max(lowest, highest), end - 1}) {
      if (indices.empty() || i > indices.back()) indices.push_back(i);
    }
    for (const int i : indices)
      pieces.back().push_back({pixel_x(i), pixel_y(frame.values[static_cast<std::size_t>(i)])});
  }
  return pieces;
}

}  // namespace

void draw_line_plot(const Frame& frame, const std::string& path) {
  const ValueScale scale{frame};
  const double margin = frame.range ? 0.0 : 0.06 * (scale.upper() - scale.lower());
  const double lower = scale.lower() - margin;
  const double upper = scale.upper() + margin;
  const int width = frame.longer_side > 0 ? frame.longer_side : 1000;
  const int height = static_cast<int>(0.56 * width);
  const PictureStyle style{std::max(width / 1000.0, 0.75)};
  const Ticks x = make_ticks(frame.x.lower, frame.x.upper, 10, frame.x.kind);
  const Ticks y = make_ticks(lower, upper, 7);

  Canvas canvas{width, height};
  const auto round_up = [](double size) { return static_cast<int>(std::ceil(size)); };
  PlotArea plot;
  plot.x = round_up(max_label_width(canvas, y, style.tick(Anchor::left)) +
                    style.px(axis_title(frame.value_label, y).empty() ? 26 : 46));
  plot.y = round_up(style.px(frame.title.empty() && frame.subtitle.empty() ? 24 : 66));
  plot.width = std::max(width - plot.x - round_up(style.px(30)), 16);
  plot.height =
      std::max(height - plot.y - round_up(style.px(axis_title(frame.x.label, x).empty() ? 38 : 60)), 16);

  for (const double position : x.positions) {
    const double px = std::round(plot.pixel_x(position, frame.x)) + 0.5;
    canvas.draw_polyline({{px, plot.top()}, {px, plot.bottom()}}, PictureStyle::grid_colour,
                         style.hairline());
  }
  for (const double position : y.positions) {
    const double py = std::round(plot.pixel_y(position, lower, upper)) + 0.5;
    canvas.draw_polyline({{plot.left(), py}, {plot.right(), py}}, PictureStyle::grid_colour,
                         style.hairline());
  }

  canvas.clip(plot.x, plot.y, plot.width, plot.height);
  for (const auto& piece : curve_pieces(frame, plot, lower, upper)) {
    if (piece.size() == 1) {
      canvas.fill_disc(piece[0][0], piece[0][1], style.px(2), curve_colour);
    } else {
      canvas.draw_polyline(piece, curve_colour, style.px(2));
    }
  }
  for (const Marker& marker : frame.markers) {
    const double px = plot.pixel_x(marker.x, frame.x);
    if (!(px >= plot.x && px <= plot.right())) continue;
    canvas.draw_polyline({{px, plot.top()}, {px, plot.bottom()}}, {196, 30, 58}, style.hairline());
    canvas.draw_text(px + style.px(5), plot.y + style.px(16), marker.name, style.marker(Anchor::left));
  }
  canvas.unclip();
  const double hairline = style.hairline();
  canvas.stroke_rectangle(plot.x - hairline, plot.y - hairline, plot.width + 2 * hairline,
                          plot.height + 2 * hairline, PictureStyle::axis_colour, hairline);
  draw_titles_and_axes(canvas, style, plot, frame, x, y, lower, upper, frame.value_label);
  canvas.write_png(path);
}

}  // namespace tessera::picture
