// Draws text, lines and images, and writes PNG files.
#pragma once

#include "picture/colormap.h"
#include "picture/raster.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace tessera::picture {

/// Horizontal alignment: the part of a text that is placed at the given point.
enum class Anchor { left, middle, right };

struct TextStyle {
  double size = 12.0;  ///< font size (em), in pixels
  Rgb colour{51, 51, 51};
  Anchor anchor = Anchor::left;
  bool bold = false;
  bool halo = false;    ///< white outline around the text
  bool upward = false;  ///< rotated, to be read from bottom to top
};

using Point = std::array<double, 2>;

/// A drawing surface. Coordinates are in pixels from the top-left corner.
class Canvas {
 public:
  enum class Background { white, transparent };

  /// Throws base::Error (os_error) if out of memory.
  Canvas(int width, int height, Background background = Background::white);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  /// The width of a text in pixels.
  double text_width(const std::string& text, const TextStyle& style) const;
  /// Draws one line of text with its baseline through (x, y), truncated to `max_width` pixels.
  void draw_text(double x, double y, const std::string& text, const TextStyle& style, double max_width = 1e9);
  /// Draws a polyline.
  void draw_polyline(const std::vector<Point>& points, Rgb colour, double width);
  /// Strokes a rectangle with a border of `line_width` pixels, drawn inside its edges.
  void stroke_rectangle(double x, double y, double width, double height, Rgb colour, double line_width);
  /// Fills a polygon.
  void fill_polygon(const std::vector<Point>& corners, Rgb colour);
  /// Fills a disc.
  void fill_disc(double x, double y, double radius, Rgb colour);
  /// Copies an image pixel by pixel, with its top-left corner at (x, y). The image must lie within the
  /// canvas.
  void draw_image(int x, int y, const Raster& raster);
  /// Restricts all drawing, except by draw_image(), to a rectangle until unclip() is called.
  void clip(double x, double y, double width, double height);
  void unclip();

  /// Writes a PNG to a temporary file, then renames the file to `path`. Throws base::Error (cannot_create,
  /// io_error).
  void write_png(const std::string& path);

 private:
  struct Surface;
  std::unique_ptr<Surface> surface_;
};

}  // namespace tessera::picture
