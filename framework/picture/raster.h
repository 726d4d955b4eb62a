// Converts cells to pixels.
#pragma once

#include "picture/picture.h"
#include "picture/value_scale.h"

#include <cstdint>
#include <vector>

namespace tessera::picture {

/// Pixels 0x00RRGGBB, row 0 at the top.
struct Raster {
  int width = 0;
  int height = 0;
  std::vector<std::uint32_t> pixels;  ///< [height][width]
};

/// Paints the cells of a 2-D frame on `width` × `height` pixels. A pixel shows the area-weighted
/// mean of the cells that it covers, so that enlarged cells keep sharp edges and reduced ones do not alias.
/// Land is shaded by the relief, with a coastline along its pixels next to water; cells without a finite
/// value are gray.
Raster paint_cells(const Frame& frame, const ValueScale& scale, int width, int height);

}  // namespace tessera::picture
