// Pictures of 2-D fields: cells in colours, a colour bar, marked points.
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

/// Height of the plot divided by its width.
double shape_of(const Frame& frame) {
  double x = frame.x.upper - frame.x.lower;
  const double y = frame.y.upper - frame.y.lower;
  if (frame.x.kind == TickKind::longitude && frame.y.kind == TickKind::latitude) {
    x *= std::cos(0.5 * (frame.y.lower + frame.y.upper) * std::numbers::pi / 180.0);
  }
  return std::clamp(y / x, 0.25, 4.0);
}

Margins margins_for(const Frame& frame, const PictureStyle& style, const Ticks& x, const Ticks& y,
                    const Ticks& bar) {
  const Canvas probe{1, 1};
  const TextStyle tick = style.tick(Anchor::left);
  const auto whole = [](double size) { return static_cast<int>(std::ceil(size)); };
  Margins m;
  m.left = whole(widest(probe, y, tick) + style.px(labelled(frame.y.label, y).empty() ? 26 : 46));
  m.right = whole(widest(probe, bar, tick) + style.px(labelled(frame.value_label, bar).empty() ? 60 : 82));
  m.top = whole(style.px(frame.title.empty() && frame.subtitle.empty() ? 24 : 66));
  m.bottom = whole(style.px(labelled(frame.x.label, x).empty() ? 38 : 60));
  return m;
}

PlotArea area_for(const Frame& frame, const Margins& m) {
  const double shape = shape_of(frame);
  double width = 0.0;
  double height = 0.0;
  if (frame.longer_side > 0) {
    width = frame.longer_side - m.left - m.right;
    height = width * shape;
    if (height + m.top + m.bottom > frame.longer_side) {
      height = frame.longer_side - m.top - m.bottom;
      width = height / shape;
    }
  } else {
    constexpr int longest = 1000;
    const int cells = std::max(frame.nx, frame.ny);
    const double side = cells <= longest ? longest / cells * cells : longest;
    width = shape <= 1.0 ? side : side / shape;
    height = width * shape;
    // Square or nearly square cells get a whole number of pixels each.
    const double square = static_cast<double>(frame.ny) / frame.nx;
    if (cells <= longest && std::abs(shape / square - 1.0) < 0.03) {
      width = longest / cells * frame.nx;
      height = longest / cells * frame.ny;
    }
  }
  const auto whole = [](double size) { return std::max(static_cast<int>(std::lround(size)), 16); };
  return {m.left, m.top, whole(width), whole(height)};
}

/// Number of ticks that leaves each label about `spacing` pixels.
int tick_count(double pixels, double spacing) {
  return std::clamp(static_cast<int>(pixels / spacing), 2, 12);
}

void draw_bar(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame,
              const ValueScale& scale, const Ticks& ticks) {
  const int x = static_cast<int>(plot.right() + style.px(18));
  const int width = std::max(static_cast<int>(style.px(15)), 4);
  const int tip = static_cast<int>(style.px(11));
  const int top = plot.y + (scale.above() ? tip : 0);
  const int height = plot.height - (scale.above() ? tip : 0) - (scale.below() ? tip : 0);
  const double bottom = top + height;
  Raster colours{width, height, {}};
  for (int row = 0; row < height; ++row) {
    const double part = 1.0 - (row + 0.5) / height;
    const Rgb c = scale.colour(scale.lower() + part * (scale.upper() - scale.lower()));
    colours.pixels.insert(colours.pixels.end(), static_cast<std::size_t>(width), pack(c));
  }
  canvas.image(x, top, colours);
  const double left = x;
  const double right = x + width;
  const double middle = x + 0.5 * width;
  const double upper = top;
  std::vector<Point> outline{{left, upper}};
  if (scale.above()) {
    canvas.fill({{left, upper}, {middle, upper - tip}, {right, upper}}, scale.colour(scale.upper()));
    outline.push_back({middle, upper - tip});
  }
  outline.insert(outline.end(), {{right, upper}, {right, bottom}});
  if (scale.below()) {
    canvas.fill({{left, bottom}, {middle, bottom + tip}, {right, bottom}}, scale.colour(scale.lower()));
    outline.push_back({middle, bottom + tip});
  }
  outline.insert(outline.end(), {{left, bottom}, {left, upper}});
  canvas.polyline(outline, PictureStyle::rule, style.hair());

  const TextStyle tick = style.tick(Anchor::right);
  const double labels = right + style.px(9) + widest(canvas, ticks, tick);
  for (std::size_t i = 0; i < ticks.at.size(); ++i) {
    const double at = bottom - height * (ticks.at[i] - scale.lower()) / (scale.upper() - scale.lower());
    canvas.polyline({{right, at}, {right + style.px(5), at}}, PictureStyle::rule, style.hair());
    canvas.text(labels, at + style.px(4.3), ticks.labels[i], tick);
  }
  canvas.text(labels + style.px(21), plot.y + 0.5 * plot.height, labelled(frame.value_label, ticks),
              style.label(true), plot.height);
}

struct Rectangle {
  double x0, y0, x1, y1;

  double overlap(const Rectangle& o) const {
    return std::max(0.0, std::min(x1, o.x1) - std::max(x0, o.x0)) *
           std::max(0.0, std::min(y1, o.y1) - std::max(y0, o.y0));
  }
};

void draw_markers(Canvas& canvas, const PictureStyle& style, const PlotArea& plot, const Frame& frame) {
  struct Dot {
    const Marker* marker;
    double x, y;
  };
  std::vector<Dot> dots;
  std::vector<Rectangle> taken;
  const double dot = style.px(4);
  for (const Marker& marker : frame.markers) {
    const double x = plot.column(marker.x, frame.x);
    const double y = plot.row(marker.y, frame.y.lower, frame.y.upper);
    if (!(x >= plot.x && x <= plot.right() && y >= plot.y && y <= plot.bottom())) continue;
    dots.push_back({&marker, x, y});
    taken.push_back({x - dot, y - dot, x + dot, y + dot});
  }
  canvas.clip(plot.x, plot.y, plot.width, plot.height);
  for (const Dot& p : dots) {
    canvas.disc(p.x, p.y, dot, {255, 255, 255});
    canvas.disc(p.x, p.y, 0.68 * dot, {196, 30, 58});
  }
  canvas.unclip();
  for (const Dot& p : dots) {
    const double width = canvas.text_width(p.marker->name, style.marker(Anchor::left));
    const double up = style.px(10);
    const double gap = dot + style.px(3);
    const std::array<Point, 4> places{{{p.x + gap, p.y + style.px(4.3)},
                                       {p.x - gap - width, p.y + style.px(4.3)},
                                       {p.x - 0.5 * width, p.y - gap},
                                       {p.x - 0.5 * width, p.y + gap + up}}};
    const Point* best = nullptr;
    Rectangle best_box{};
    double least = 0.0;
    for (const Point& place : places) {
      const Rectangle box{place[0], place[1] - up, place[0] + width, place[1] + style.px(3)};
      const bool inside = box.x0 >= plot.x + 2 && box.x1 <= plot.right() - 2 && box.y0 >= plot.y + 2 &&
                          box.y1 <= plot.bottom() - 2;
      double cost = inside ? 0.0 : 1e6;
      for (const Rectangle& other : taken) cost += box.overlap(other);
      if (best == nullptr || cost < least) {
        best = &place;
        best_box = box;
        least = cost;
      }
    }
    taken.push_back(best_box);
    canvas.text((*best)[0], (*best)[1], p.marker->name, style.marker(Anchor::left));
  }
}

}  // namespace

void draw_map(const Frame& frame, const std::string& path) {
  const ValueScale scale{frame};
  const PictureStyle style{frame.longer_side > 0 ? std::max(frame.longer_side / 1000.0, 0.75) : 1.0};
  // Labels take space from the plot, and the size of the plot determines the number of labels.
  PlotArea plot = area_for(frame, {60, 100, 66, 40});
  Margins margins;
  Ticks x, y, bar;
  for (int pass = 0; pass < 2; ++pass) {
    x = round_ticks(frame.x.lower, frame.x.upper, tick_count(plot.width, style.px(80)), frame.x.kind);
    y = round_ticks(frame.y.lower, frame.y.upper, tick_count(plot.height, style.px(60)), frame.y.kind);
    bar = round_ticks(scale.lower(), scale.upper(), tick_count(plot.height, style.px(50)));
    margins = margins_for(frame, style, x, y, bar);
    plot = area_for(frame, margins);
  }
  Canvas canvas{margins.left + plot.width + margins.right, margins.top + plot.height + margins.bottom};
  canvas.image(plot.x, plot.y, paint_cells(frame, scale, plot.width, plot.height));
  draw_surroundings(canvas, style, plot, frame, x, y, frame.y.lower, frame.y.upper, frame.y.label);
  const double hair = style.hair();
  canvas.frame(plot.x - hair, plot.y - hair, plot.width + 2 * hair, plot.height + 2 * hair,
               PictureStyle::rule, hair);
  draw_bar(canvas, style, plot, frame, scale, bar);
  draw_markers(canvas, style, plot, frame);
  canvas.write_png(path);
}

}  // namespace tessera::picture
