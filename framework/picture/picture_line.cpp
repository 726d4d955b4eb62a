// Pictures of 1-D fields: values against x.
#include "picture/picture_style.h"
#include "picture/value_scale.h"

#include <cmath>

namespace tessera::picture {
namespace {

constexpr Rgb curve{31, 95, 168};

/// The curve in pixels, split at values that are not finite. If many cells share a column of pixels, keeps
/// only the first, lowest, highest and last value of the column.
std::vector<std::vector<Point>> pieces_of(const Frame& frame, const PlotArea& plot, double lower,
                                          double upper) {
  std::vector<std::vector<Point>> pieces(1);
  const auto pixel_x = [&](int i) { return plot.x + plot.width * (i + 0.5) / frame.nx; };
  const auto pixel_y = [&](double value) {
    // Clamped well outside the plot, to stay within the range of cairo's fixed-point numbers.
    return plot.bottom() - plot.height * std::clamp((value - lower) / (upper - lower), -4.0, 5.0);
  };
  const int stride = std::max(1, frame.nx / (2 * plot.width));
  for (int start = 0; start < frame.nx; start += stride) {
    const int end = std::min(start + stride, frame.nx);
    std::vector<int> kept;
    int low = start;
    int high = start;
    bool whole = true;
    for (int i = start; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      whole = whole && std::isfinite(frame.values[at]);
      if (frame.values[at] < frame.values[static_cast<std::size_t>(low)]) low = i;
      if (frame.values[at] > frame.values[static_cast<std::size_t>(high)]) high = i;
    }
    if (!whole) {
      if (!pieces.back().empty()) pieces.emplace_back();
      continue;
    }
    for (const int i : {start, std::min(low, high), std::max(low, high), end - 1}) {
      if (kept.empty() || i > kept.back()) kept.push_back(i);
    }
    for (const int i : kept)
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
  const Ticks x = round_ticks(frame.x.lower, frame.x.upper, 10, frame.x.kind);
  const Ticks y = round_ticks(lower, upper, 7);

  Canvas canvas{width, height};
  const auto whole = [](double size) { return static_cast<int>(std::ceil(size)); };
  PlotArea plot;
  plot.x = whole(widest(canvas, y, style.tick(Anchor::left)) +
                 style.px(labelled(frame.value_label, y).empty() ? 26 : 46));
  plot.y = whole(style.px(frame.title.empty() && frame.subtitle.empty() ? 24 : 66));
  plot.width = std::max(width - plot.x - whole(style.px(30)), 16);
  plot.height = std::max(height - plot.y - whole(style.px(labelled(frame.x.label, x).empty() ? 38 : 60)), 16);

  for (const double at : x.at) {
    const double px = std::round(plot.column(at, frame.x)) + 0.5;
    canvas.polyline({{px, plot.top()}, {px, plot.bottom()}}, PictureStyle::grid, style.hair());
  }
  for (const double at : y.at) {
    const double py = std::round(plot.row(at, lower, upper)) + 0.5;
    canvas.polyline({{plot.left(), py}, {plot.right(), py}}, PictureStyle::grid, style.hair());
  }

  canvas.clip(plot.x, plot.y, plot.width, plot.height);
  for (const auto& piece : pieces_of(frame, plot, lower, upper)) {
    if (piece.size() == 1) {
      canvas.disc(piece[0][0], piece[0][1], style.px(2), curve);
    } else {
      canvas.polyline(piece, curve, style.px(2));
    }
  }
  for (const Marker& marker : frame.markers) {
    const double px = plot.column(marker.x, frame.x);
    if (!(px >= plot.x && px <= plot.right())) continue;
    canvas.polyline({{px, plot.top()}, {px, plot.bottom()}}, {196, 30, 58}, style.hair());
    canvas.text(px + style.px(5), plot.y + style.px(16), marker.name, style.marker(Anchor::left));
  }
  canvas.unclip();
  const double hair = style.hair();
  canvas.frame(plot.x - hair, plot.y - hair, plot.width + 2 * hair, plot.height + 2 * hair,
               PictureStyle::rule, hair);
  draw_surroundings(canvas, style, plot, frame, x, y, lower, upper, frame.value_label);
  canvas.write_png(path);
}

}  // namespace tessera::picture
