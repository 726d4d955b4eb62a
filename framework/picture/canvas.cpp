#include "picture/canvas.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/text.h"
#include "host/replacement_file.h"

#include <cairo.h>
#include <fmt/format.h>

#include <exception>
#include <numbers>

namespace tessera::picture {

struct Canvas::Surface {
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> pixels{nullptr, cairo_surface_destroy};
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> context{nullptr, cairo_destroy};

  cairo_t* cairo() const { return context.get(); }

  void set_colour(Rgb c, double alpha = 1.0) const {
    cairo_set_source_rgba(context.get(), c.r / 255.0, c.g / 255.0, c.b / 255.0, alpha);
  }
  void set_font(const TextStyle& style) const {
    cairo_select_font_face(context.get(), "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context.get(), style.size);
  }
  /// Advance width of `text`, which must be printable.
  double text_width(const std::string& text) const {
    cairo_text_extents_t extents;
    cairo_text_extents(context.get(), text.c_str(), &extents);
    return extents.x_advance;
  }
};

Canvas::Canvas(int width, int height, Background background) : surface_{std::make_unique<Surface>()} {
  const bool is_white = background == Background::white;
  surface_->pixels.reset(
      cairo_image_surface_create(is_white ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32, width, height));
  surface_->context.reset(cairo_create(surface_->pixels.get()));
  if (cairo_status(surface_->context.get()) != CAIRO_STATUS_SUCCESS) {
    throw base::Error(base::ExitCode::os_error,
                      fmt::format("not enough memory for an image of {} × {} pixels", width, height));
  }
  // Use grayscale instead of subpixel antialiasing, because images may be scaled and shown on any display.
  const std::unique_ptr<cairo_font_options_t, decltype(&cairo_font_options_destroy)> fonts{
      cairo_font_options_create(), cairo_font_options_destroy};
  cairo_font_options_set_antialias(fonts.get(), CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(fonts.get(), CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(fonts.get(), CAIRO_HINT_METRICS_OFF);
  cairo_set_font_options(surface_->cairo(), fonts.get());
  if (!is_white) return;  // a new surface is transparent
  surface_->set_colour({255, 255, 255});
  cairo_paint(surface_->cairo());
}

Canvas::~Canvas() = default;

double Canvas::text_width(const std::string& text, const TextStyle& style) const {
  surface_->set_font(style);
  return surface_->text_width(base::printable(text));
}

void Canvas::draw_text(double x, double y, const std::string& full_text, const TextStyle& style,
                       double max_width) {
  surface_->set_font(style);
  // Replace invalid UTF-8, which would put cairo into an error state, in which it draws nothing.
  std::string text = base::printable(full_text);
  double width = surface_->text_width(text);
  for (std::size_t length = text.size(); width > max_width && length > 1;) {
    length = std::min(length - 1, static_cast<std::size_t>(static_cast<double>(length) * max_width / width));
    text = base::printable(full_text, std::max<std::size_t>(length, 1));
    width = surface_->text_width(text);
  }
  cairo_t* cairo = surface_->cairo();
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  if (style.upward) cairo_rotate(cairo, -std::numbers::pi / 2);
  cairo_move_to(cairo,
                style.anchor == Anchor::left     ? 0.0
                : style.anchor == Anchor::middle ? -0.5 * width
                                                 : -width,
                0.0);
  if (style.halo) {
    cairo_text_path(cairo, text.c_str());
    surface_->set_colour({255, 255, 255}, 0.88);
    cairo_set_line_width(cairo, 0.3 * style.size);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke_preserve(cairo);
    surface_->set_colour(style.colour);
    cairo_fill(cairo);
  } else {
    surface_->set_colour(style.colour);
    cairo_show_text(cairo, text.c_str());
  }
  cairo_restore(cairo);
  cairo_new_path(cairo);
}

void Canvas::draw_polyline(const std::vector<Point>& points, Rgb colour, double width) {
  cairo_t* cairo = surface_->cairo();
  cairo_new_path(cairo);
  for (const auto& [x, y] : points) cairo_line_to(cairo, x, y);
  surface_->set_colour(colour);
  cairo_set_line_width(cairo, width);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cairo);
}

void Canvas::stroke_rectangle(double x, double y, double width, double height, Rgb colour,
                              double line_width) {
  cairo_t* cairo = surface_->cairo();
  cairo_rectangle(cairo, x + 0.5 * line_width, y + 0.5 * line_width, width - line_width, height - line_width);
  surface_->set_colour(colour);
  cairo_set_line_width(cairo, line_width);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_MITER);
  cairo_stroke(cairo);
}

void Canvas::fill_polygon(const std::vector<Point>& corners, Rgb colour) {
  cairo_t* cairo = surface_->cairo();
  cairo_new_path(cairo);
  for (const auto& [x, y] : corners) cairo_line_to(cairo, x, y);
  cairo_close_path(cairo);
  surface_->set_colour(colour);
  cairo_fill(cairo);
}

void Canvas::fill_disc(double x, double y, double radius, Rgb colour) {
  cairo_t* cairo = surface_->cairo();
  cairo_new_path(cairo);
  cairo_arc(cairo, x, y, radius, 0.0, 2.0 * std::numbers::pi);
  surface_->set_colour(colour);
  cairo_fill(cairo);
}

void Canvas::draw_image(int x, int y, const Raster& raster) {
  cairo_surface_flush(surface_->pixels.get());
  unsigned char* bytes = cairo_image_surface_get_data(surface_->pixels.get());
  const int stride = cairo_image_surface_get_stride(surface_->pixels.get());
  base::expects(x >= 0 && y >= 0 &&
                    x + raster.width <= cairo_image_surface_get_width(surface_->pixels.get()) &&
                    y + raster.height <= cairo_image_surface_get_height(surface_->pixels.get()),
                "an image must lie within the canvas");
  for (int row = 0; row < raster.height; ++row) {
    std::memcpy(bytes + static_cast<std::ptrdiff_t>(y + row) * stride + std::ptrdiff_t{4} * x,
                raster.pixels.data() + static_cast<std::ptrdiff_t>(row) * raster.width,
                std::size_t{4} * static_cast<std::size_t>(raster.width));
  }
  cairo_surface_mark_dirty(surface_->pixels.get());
}

void Canvas::clip(double x, double y, double width, double height) {
  cairo_save(surface_->cairo());
  cairo_rectangle(surface_->cairo(), x, y, width, height);
  cairo_clip(surface_->cairo());
}

void Canvas::unclip() { cairo_restore(surface_->cairo()); }

void Canvas::write_png(const std::string& path) {
  struct Sink {
    host::ReplacementFile file;
    std::exception_ptr failure;
  };
  Sink sink{host::ReplacementFile{path}, {}};
  // Exceptions must not pass through cairo's C code.
  const auto write = [](void* closure, const unsigned char* bytes,
                        unsigned count) noexcept -> cairo_status_t {
    auto& out = *static_cast<Sink*>(closure);
    try {
      out.file.write({reinterpret_cast<const char*>(bytes), count});
      return CAIRO_STATUS_SUCCESS;
    } catch (...) {
      out.failure = std::current_exception();
      return CAIRO_STATUS_WRITE_ERROR;
    }
  };
  const cairo_status_t status = cairo_surface_write_to_png_stream(surface_->pixels.get(), write, &sink);
  if (sink.failure) std::rethrow_exception(sink.failure);
  if (status != CAIRO_STATUS_SUCCESS) {
    throw base::Error(base::ExitCode::io_error,
                      fmt::format("cannot write `{}`: {}", path, cairo_status_to_string(status)));
  }
  sink.file.commit();
}

}  // namespace tessera::picture
