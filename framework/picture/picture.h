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
  std::string label;   ///< such as "x, m"; degrees need none
  TickKind kind = TickKind::plain;
};

/// A named point to be marked.
struct Marker {
  std::string name;
  double x = 0.0;
  double y = 0.0;
};

/// One field at one time. Texts may be any bytes; what is no printable UTF-8 is replaced.
struct Frame {
  std::string title;        ///< bold, such as "tsunami-2004 · surface"
  std::string subtitle;     ///< below it, such as "t = 3 h 20 min   step 4012"
  std::string value_label;  ///< at the colour bar, such as "surface, m"
  int nx = 0;
  int ny = 1;                      ///< 1: a line plot of the values against x
  std::vector<double> values;      ///< [ny][nx], x fastest, row 0 at the lowest y; not finite: drawn gray
  std::vector<std::uint8_t> mask;  ///< [ny][nx], not 0: land; or empty
  std::vector<double> relief;      ///< [ny][nx], heights by which land is shaded; or empty
  PictureAxis x;
  PictureAxis y;                ///< not used by a line plot
  std::vector<Marker> markers;  ///< those outside the extents are left out
  std::string colormap = "viridis";
  /// Values at the ends of the colours (or of a line plot's vertical axis), the second greater. None: of
  /// the finite values that are not land; symmetric about 0 for diverging maps.
  std::optional<std::array<double, 2>> range;
  int longer_side = 0;  ///< pixels of the whole picture, 240 to 16384; 0: chosen after the cells
};

/// Writes the picture as a PNG. It appears under its name only when it is whole; an older file of that
/// name is replaced. Throws base::Error: cannot_create, io_error (disk full), bad_job (unknown colour map).
void write_picture(const Frame& frame, const std::string& path);

}  // namespace tessera::picture
