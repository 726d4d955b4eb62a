// Converts the cells of a picture to pixels.
#pragma once

#include "picture/picture.h"
#include "picture/value_scale.h"

#include <cstdint>
#include <vector>

namespace tessera::picture {

/// An image of pixels in the form 0x00RRGGBB, or 0xAARRGGBB with premultiplied alpha. Row 0 is at the top.
struct Raster {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> pixels;  ///< [height][width]
};

/// Paints the cells of a 2-D frame on `width` × `height` pixels. Each pixel shows the area-weighted mean of
/// the cells that it overlaps, so that cells larger than a pixel keep sharp edges, and smaller cells cause no
/// aliasing. Land is shaded by the relief, and its pixels next to water are drawn as a coastline. Cells whose
/// value is not finite are gray.
Raster paint_cells(const Frame& frame, const ValueScale& scale, int width, int height);

/// As paint_cells(), but land and cells whose value is not finite are transparent. The pixels have alpha.
Raster paint_overlay(const Frame& frame, const ValueScale& scale, int width, int height);

}  // namespace tessera::picture
