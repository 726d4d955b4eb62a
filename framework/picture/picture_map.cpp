// Pictures of 2-D fields: coloured cells, a colour bar and markers. Overlays for maps.
#include "picture/picture_style.h"
#include "picture/raster.h"
#include "picture/value_scale.h"

#include <cmath>
#include <numbers>

namespace tessera::picture {
namespace {

/// Space around the plot, in pixels.
struct Margins {
  int left = 0;
  int right = 0;
  int top = 0;
  int bottom = 0;
};

/// The height of the plot divided by its width, clamped to [1/4, 4].
double height_over_width(const Frame& frame) {
  double x = frame.x.upper - frame.x.lower;
  const double y = frame.y.upper - frame.y.lower;
  if (frame.x.kind == TickKind::longitude && frame.y.kind == TickKind::latitude) {
    x *= std::cos(0.5 * (frame.y.lower + frame.y.upper) * std::numbers::pi / 180.0);
  }
  return std::clamp(y / x, 0.25, 4.0);
}

Margins margins_for(const Frame& frame, const PictureStyle& style, const Ticks& x, const Ticks& y,
                    const Ticks& colour_bar) {
  const Canvas canvas{1, 1};
  const TextStyle tick = style.tick(Anchor::left);
  const auto round_up = [](double size) { return static_cast<int>(std::ceil(size)); };
  Margins m;
  m.left =
      round_up(max_label_width(canvas, y, tick) + style.px(axis_title(frame.y.label, y).empty() ? 26 : 46));
  m.right = round_up(max_label_width(canvas, colour_bar, tick) +
                     style.px(axis_title(frame.value_label, colour_bar).empty() ? 60 : 82));
  m.top = round_up(style.px(frame.title.empty() && frame.subtitle.empty() ? 24 : 66));
  m.bottom = round_up(style.px(axis_title(frame.x.label, x).empty() ? 38 : 60));
  return m;
}

PlotArea plot_area(const Frame& frame, const Margins& m) {
  const double ratio = height_over_width(frame);
  double width = 0.0;
  double height = 0.0;
  if (frame.longer_side > 0) {
    width = frame.longer_side - m.left - m.right;
    height = width * ratio;
    if (height + m.top + m.bottom > frame.longer_side) {
      height = frame.longer_side - m.top - m.bottom;
      width = height / ratio;
    }
  } else {
    constexpr int max_side = 1000;
    const int cells = std::max(frame.nx, frame.ny);
    const double side = cells <= max_side ? max_side / cells * cells : max_side;
    width = ratio <= 1.0 ? side : side / ratio;
    height = width * ratio;
    // If cells are (nearly) square, give each a whole number of pixels.
    const double square_cell_ratio = static_cast<double>(frame.ny) / frame.nx;
    if (cells <= max_side && std::abs(ratio / square_cell_ratio - 1.0) < 0.03) {
      width = max_side / cells * frame.nx;
      height = max_side / cells * frame.ny;
    }
  }
  const auto to_pixels = [](double size) { return std::max(static_cast<int>(std::lround(size)), 16); };
  return {m.left, m.top, to_pixels(width), to_pixels(height)};
}

/// Returns the maximum number of tick intervals along an axis of `pixels` pixels, so that ticks are about
/// `spacing` pixels apart or more.
int max_tick_intervals(double pixels, double spacing) {
  return std::clamp(static_cast<int>(pixels / spacing), 2, 12);
}

void draw_colour_bar(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame,
                     const ValueScale& scale, const Ticks& ticks) {
  const int x = static_cast<int>(plot.right() + style.px(18));
  const int width = std::max(static_cast<int>(style.px(15)), 4);
  const int tip = static_cast<int>(style.px(11));
  const int top = plot.y + (scale.has_values_above() ? tip : 0);
  const int height =
      plot.height - (scale.has_values_above() ? tip : 0) - (scale.has_values_below() ? tip : 0);
  const double bottom = top + height;
  Raster colours{width, height, {}};
  for (int row = 0; row < height; ++row) {
    const double fraction = 1.0 - (row + 0.5) / height;
    const Rgb c = scale.colour(scale.lower() + fraction * (scale.upper() - scale.lower()));
    colours.pixels.insert(colours.pixels.end(), static_cast<std::size_t>(width), pack(c));
  }
  canvas.draw_image(x, top, colours);
  const double left = x;
  const double right = x + width;
  const double middle = x + 0.5 * width;
  const double upper = top;
  std::vector<Point> outline{{left, upper}};
  if (scale.has_values_above()) {
    canvas.fill_polygon({{left, upper}, {middle, upper - tip}, {right, upper}}, scale.colour(scale.upper()));
    outline.push_back({middle, upper - tip});
  }
  outline.insert(outline.end(), {{right, upper}, {right, bottom}});
  if (scale.has_values_below()) {
    canvas.fill_polygon({{left, bottom}, {middle, bottom + tip}, {right, bottom}},
                        scale.colour(scale.lower()));
    outline.push_back({middle, bottom + tip});
  }
  outline.insert(outline.end(), {{left, bottom}, {left, upper}});
  canvas.draw_polyline(outline, PictureStyle::axis_colour, style.hairline());

  const TextStyle tick = style.tick(Anchor::right);
  const double label_x = right + style.px(9) + max_label_width(canvas, ticks, tick);
  for (std::size_t i = 0; i < ticks.positions.size(); ++i) {
    const double tick_y =
        bottom - height * (ticks.positions[i] - scale.lower()) / (scale.upper() - scale.lower());
    canvas.draw_polyline({{right, tick_y}, {right + style.px(5), tick_y}}, PictureStyle::axis_colour,
                         style.hairline());
    canvas.draw_text(label_x, tick_y + style.px(4.3), ticks.labels[i], tick);
  }
  canvas.draw_text(label_x + style.px(21), plot.y + 0.5 * plot.height, axis_title(frame.value_label, ticks),
                   style.label(true), plot.height);
}

struct Rectangle {
  double x0, y0, x1, y1;

  /// The area of the intersection.
  double overlap(const Rectangle& other) const {
    return std::max(0.0, std::min(x1, other.x1) - std::max(x0, other.x0)) *
           std::max(0.0, std::min(y1, other.y1) - std::max(y0, other.y0));
  }
};

void draw_markers(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame) {
  struct Dot {
    const Marker* marker;
    double x, y;
  };
  std::vector<Dot> dots;
  std::vector<Rectangle> occupied;
  const double dot_radius = style.px(4);
  for (const Marker& marker : frame.markers) {
    const double x = plot.pixel_x(marker.x, frame.x);
    const double y = plot.pixel_y(marker.y, frame.y.lower, frame.y.upper);
    if (!(x >= plot.x && x <= plot.right() && y >= plot.y && y <= plot.bottom())) continue;
    dots.push_back({&marker, x, y});
    occupied.push_back({x - dot_radius, y - dot_radius, x + dot_radius, y + dot_radius});
  }
  canvas.clip(plot.x, plot.y, plot.width, plot.height);
  for (const Dot& p : dots) {
    canvas.fill_disc(p.x, p.y, dot_radius, {255, 255, 255});
    canvas.fill_disc(p.x, p.y, 0.68 * dot_radius, {196, 30, 58});
  }
  canvas.unclip();
  for (const Dot& p : dots) {
    const double width = canvas.text_width(p.marker->name, style.marker(Anchor::left));
    const double text_height = style.px(10);
    const double gap = dot_radius + style.px(3);
    const std::array<Point, 4> positions{{{p.x + gap, p.y + style.px(4.3)},
                                          {p.x - gap - width, p.y + style.px(4.3)},
                                          {p.x - 0.5 * width, p.y - gap},
                                          {p.x - 0.5 * width, p.y + gap + text_height}}};
    const Point* best = nullptr;
    Rectangle best_box{};
    double lowest_cost = 0.0;
    for (const Point& position : positions) {
      const Rectangle box{position[0], position[1] - text_height, position[0] + width,
                          position[1] + style.px(3)};
      const bool inside = box.x0 >= plot.x + 2 && box.x1 <= plot.right() - 2 && box.y0 >= plot.y + 2 &&
                          box.y1 <= plot.bottom() - 2;
      double cost = inside ? 0.0 : 1e6;
      for (const Rectangle& other : occupied) cost += box.overlap(other);
      if (best == nullptr || cost < lowest_cost) {
        best = &position;
        best_box = box;
        lowest_cost = cost;
      }
    }
    occupied.push_back(best_box);
    canvas.draw_text((*best)[0], (*best)[1], p.marker->name, style.marker(Anchor::left));
  }
}

}  // namespace

void draw_map(const Frame& frame, const std::string& path) {
  const ValueScale scale{frame};
  const PictureStyle style{frame.longer_side > 0 ? std::max(frame.longer_side / 1000.0, 0.75) : 1.0};
  // Two passes, because the labels determine the size of the plot, which determines the number of labels.
  PlotArea plot = plot_area(frame, {60, 100, 66, 40});
  Margins margins;
  Ticks x, y, colour_bar;
  for (int pass = 0; pass < 2; ++pass) {
    x = make_ticks(frame.x.lower, frame.x.upper, max_tick_intervals(plot.width, style.px(80)), frame.x.kind);
    y = make_ticks(frame.y.lower, frame.y.upper, max_tick_intervals(plot.height, style.px(60)), frame.y.kind);
    colour_bar = make_ticks(scale.lower(), scale.upper(), max_tick_intervals(plot.height, style.px(50)));
    margins = margins_for(frame, style, x, y, colour_bar);
    plot = plot_area(frame, margins);
  }
  Canvas canvas{margins.left + plot.width + margins.right, margins.top + plot.height + margins.bottom};
  canvas.draw_image(plot.x, plot.y, paint_cells(frame, scale, plot.width, plot.height));
  draw_titles_and_axes(canvas, style, plot, frame, x, y, frame.y.lower, frame.y.upper, frame.y.label);
  const double hairline = style.hairline();
  canvas.stroke_rectangle(plot.x - hairline, plot.y - hairline, plot.width + 2 * hairline,
                          plot.height + 2 * hairline, PictureStyle::axis_colour, hairline);
  draw_colour_bar(canvas, style, plot, frame, scale, colour_bar);
  draw_markers(canvas, style, plot, frame);
  canvas.write_png(path);
}

void write_overlay(const Frame& frame, const std::string& path) {
  constexpr int usual_side = 1024;
  constexpr int max_side = 4096;
  const int cells = std::max(frame.nx, frame.ny);
  const double pixels_per_cell =
      cells > max_side ? static_cast<double>(max_side) / cells : std::max(1, usual_side / cells);
  const auto to_pixels = [&](int n) {
    return std::max(static_cast<int>(std::lround(n * pixels_per_cell)), 1);
  };
  const int width = to_pixels(frame.nx);
  const int height = to_pixels(frame.ny);
  Canvas canvas{width, height, Canvas::Background::transparent};
  canvas.draw_image(0, 0, paint_overlay(frame, ValueScale{frame}, width, height));
  canvas.write_png(path);
}

void write_legend(const Frame& frame, const std::string& path) {
  constexpr int height = 240;
  constexpr int margin = 16;
  const ValueScale scale{frame};
  const PictureStyle style;
  const Ticks ticks = make_ticks(scale.lower(), scale.upper(), max_tick_intervals(height, style.px(50)));
  const int right = margins_for(frame, style, {}, {}, ticks).right;
  Canvas canvas{right, height + 2 * margin};
  draw_colour_bar(canvas, style, {0, margin, 0, height}, frame, scale, ticks);
  canvas.write_png(path);
}

}  // namespace tessera::picture
