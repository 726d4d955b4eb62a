// Pictures of 1-D and 2-D fields.
#pragma once

#include "picture/ticks.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::picture {

/// Extent of the cells along one axis of a picture.
struct PictureAxis {
  double lower = 0.0;  ///< outer face of the first cell
  double upper = 1.0;  ///< outer face of the last cell; greater than lower
  std::string label;   ///< such as "x, m"; not needed for degrees
  TickKind kind = TickKind::plain;
};

/// A named point to be marked.
struct Marker {
  std::string name;
  double x = 0.0;
  double y = 0.0;
};

/// One field at one time. Strings may hold any bytes; those that are not printable UTF-8 are replaced.
struct Frame {
  std::string title;        ///< bold, such as "tsunami-2004 · surface"
  std::string subtitle;     ///< below it, such as "t = 3 h 20 min   step 4012"
  std::string value_label;  ///< at the colour bar, such as "surface, m"
  int nx = 0;
  int ny = 1;                      ///< 1: a line plot of the values against x
  std::vector<double> values;      ///< [ny][nx], x fastest, row 0 at the lowest y; gray if not finite
  std::vector<std::uint8_t> mask;  ///< [ny][nx], nonzero on land; may be empty
  std::vector<double> relief;      ///< [ny][nx], heights for shading the land; may be empty
  PictureAxis x;
  PictureAxis y;                ///< not used by a line plot
  std::vector<Marker> markers;  ///< markers outside the axes are left out
  std::string colormap = "viridis";
  /// Values at the ends of the colour scale (or of a line plot's vertical axis), ascending. nullopt: the
  /// range of the finite values that are not land, made symmetric about 0 for diverging maps.
  std::optional<std::array<double, 2>> range;
  int longer_side = 0;  ///< in pixels, of the whole picture, 240 to 16384; 0: chosen to suit the cells
};

/// Writes the picture as a PNG, which appears under its name only once it is complete; replaces an existing
/// file. Throws base::Error: cannot_create, io_error (disk full), os_error (out of memory), bad_job (unknown
/// colour map).
void write_picture(const Frame& frame, const std::string& path);

}  // namespace tessera::picture
