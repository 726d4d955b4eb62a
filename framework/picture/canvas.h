// A drawing surface of pixels with text, lines and images.
#pragma once

#include "picture/colormap.h"
#include "picture/raster.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace tessera::picture {

/// Where the given point lies on a text.
enum class Anchor { left, middle, right };

struct TextStyle {
  double size = 12.0;  ///< pixels of an em
  Rgb colour{51, 51, 51};
  Anchor anchor = Anchor::left;
  bool bold = false;
  bool halo = false;    ///< a light rim around the letters
  bool upward = false;  ///< reads from bottom to top
};

using Point = std::array<double, 2>;

/// Coordinates are pixels from the top left corner. White to begin with.
class Canvas {
 public:
  /// Throws base::Error (os_error) without memory.
  Canvas(int width, int height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  /// Width of a text in pixels.
  double text_width(const std::string& text, const TextStyle& style) const;
  /// Draws one line of text with its base line through (x, y), cut to `most` pixels.
  void text(double x, double y, const std::string& text, const TextStyle& style, double most = 1e9);
  /// Draws connected straight lines.
  void line(const std::vector<Point>& points, Rgb colour, double width);
  /// Draws the outline of a rectangle, inside it and one line wide.
  void frame(double x, double y, double width, double height, Rgb colour, double line_width);
  void fill(const std::vector<Point>& corners, Rgb colour);
  void disc(double x, double y, double radius, Rgb colour);
  /// Copies pixels one to one.
  void image(int x, int y, const Raster& raster);
  /// Limits drawing to a rectangle until unclip().
  void clip(double x, double y, double width, double height);
  void unclip();

  /// Writes the PNG under another name, then renames it to `path`. Throws base::Error: cannot_create,
  /// io_error.
  void write_png(const std::string& path);

 private:
  struct Surface;
  std::unique_ptr<Surface> surface_;
};

}  // namespace tessera::picture
