#include "picture/picture.h"

#include "base/contract.h"
#include "picture/picture_style.h"

#include <cmath>

namespace tessera::picture {

void draw_titles_and_axes(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame,
                          const Ticks& x, const Ticks& y, double y_lower, double y_upper,
                          const std::string& y_label) {
  const double max_width = plot.width + style.px(60);
  canvas.draw_text(plot.x, style.px(frame.subtitle.empty() ? 40 : 30), frame.title, style.title(), max_width);
  canvas.draw_text(plot.x, style.px(frame.title.empty() ? 40 : 51), frame.subtitle, style.subtitle(),
                   max_width);

  const double tick_length = style.px(5);
  for (std::size_t i = 0; i < x.positions.size(); ++i) {
    const double tick_x = plot.pixel_x(x.positions[i], frame.x);
    canvas.draw_polyline({{tick_x, plot.bottom()}, {tick_x, plot.bottom() + tick_length}},
                         PictureStyle::axis_colour, style.hairline());
    canvas.draw_text(tick_x, plot.bottom() + style.px(19), x.labels[i], style.tick(Anchor::middle));
  }
  const TextStyle right_aligned = style.tick(Anchor::right);
  for (std::size_t i = 0; i < y.positions.size(); ++i) {
    const double tick_y = plot.pixel_y(y.positions[i], y_lower, y_upper);
    canvas.draw_polyline({{plot.x - tick_length, tick_y}, {plot.left(), tick_y}}, PictureStyle::axis_colour,
                         style.hairline());
    canvas.draw_text(plot.x - style.px(9), tick_y + style.px(4.3), y.labels[i], right_aligned);
  }
  canvas.draw_text(plot.x + 0.5 * plot.width, plot.bottom() + style.px(40), axis_title(frame.x.label, x),
                   style.label(false), plot.width);
  canvas.draw_text(plot.x - style.px(18) - max_label_width(canvas, y, right_aligned),
                   plot.y + 0.5 * plot.height, axis_title(y_label, y), style.label(true), plot.height);
}

void write_picture(const Frame& frame, const std::string& path) {
  base::expects(frame.nx >= 1 && frame.ny >= 1, "a picture must have cells");
  const auto cells = static_cast<std::size_t>(frame.nx) * static_cast<std::size_t>(frame.ny);
  base::expects(frame.values.size() == cells, "a picture must have one value per cell");
  base::expects(frame.mask.empty() || frame.mask.size() == cells, "a mask must have one entry per cell");
  base::expects(frame.relief.empty() || frame.relief.size() == cells,
                "a relief must have one elevation per cell");
  base::expects(frame.x.lower < frame.x.upper && std::isfinite(frame.x.upper - frame.x.lower),
                "the range of the x axis must be ascending and finite");
  base::expects(
      frame.ny == 1 || (frame.y.lower < frame.y.upper && std::isfinite(frame.y.upper - frame.y.lower)),
      "the range of the y axis must be ascending and finite");
  base::expects(frame.longer_side == 0 || (frame.longer_side >= 240 && frame.longer_side <= 8192),
                "the longer side of a picture must have 240 to 8192 pixels");
  if (frame.ny == 1) {
    draw_line_plot(frame, path);
  } else {
    draw_map(frame, path);
  }
}

}  // namespace tessera::picture
