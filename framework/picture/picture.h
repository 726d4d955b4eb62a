// Pictures of 1-D and 2-D fields.
#pragma once

#include "picture/ticks.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tessera::picture {

/// One axis of a picture: the extent of the cells along it, and its label.
struct PictureAxis {
  double lower = 0.0;  ///< outer face of the first cell
  double upper = 1.0;  ///< outer face of the last cell; greater than lower
  std::string label;   ///< such as "x, m"; not needed if the ticks are in degrees
  TickKind kind = TickKind::plain;
};

/// A named point that is marked in a picture. A line plot ignores `y`.
struct Marker {
  std::string name;
  double x = 0.0;
  double y = 0.0;
};

/// The content of a picture: one field at one time. Strings may contain arbitrary bytes; bytes that are not
/// printable UTF-8 are replaced.
struct Frame {
  std::string title;        ///< shown in bold, such as "tsunami-2004 · surface"
  std::string subtitle;     ///< shown below the title, such as "t = 3 h 20 min   step 4012"
  std::string value_label;  ///< label of the colour bar or vertical axis, such as "surface, m"
  int nx = 0;
  int ny = 1;                      ///< if 1, the picture is a line plot of the values against x
  std::vector<double> values;      ///< [ny][nx], x fastest, row 0 at the lowest y; may be infinite or NaN
  std::vector<std::uint8_t> mask;  ///< [ny][nx], nonzero on land; may be empty
  std::vector<double> relief;      ///< [ny][nx], elevations for shading the land; may be empty
  PictureAxis x;
  PictureAxis y;                ///< not used by a line plot
  std::vector<Marker> markers;  ///< markers outside the axes are not drawn
  std::string colormap = "viridis";
  /// Values at the lower and upper end of the colour scale, or of a line plot's vertical axis. nullopt: the
  /// range of the finite values that are not on land; for diverging maps, extended to be symmetric about 0.
  std::optional<std::array<double, 2>> range;
  /// Length of the longer side of the whole picture in pixels, 240 to 8192; 0: chosen automatically.
  int longer_side = 0;
};

/// Writes the picture to a PNG file, and replaces an existing file. The file appears under its final name
/// only once it is complete. Throws base::Error: cannot_create, io_error (for example if the disk is full),
/// os_error (out of memory), bad_job (unknown colour map).
void write_picture(const Frame& frame, const std::string& path);

/// Writes the cells of a 2-D frame alone, without axes and text, to a PNG file, for programs that place it on
/// a map. Each cell has a whole number of pixels, or there are 4096 along the longer side if it has more
/// cells. Land and cells whose value is not finite are transparent. Throws as write_picture().
void write_overlay(const Frame& frame, const std::string& path);
/// Writes the colour bar of a frame, with its labels, to a PNG file. Throws as write_picture().
void write_legend(const Frame& frame, const std::string& path);

}  // namespace tessera::picture
