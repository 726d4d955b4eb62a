// Reads an ESRI ASCII grid (.asc).
#pragma once

#include "grid/input/raw_grid.h"

#include <string>

namespace tessera::input {

/// Keys ncols, nrows, xllcorner or xllcenter, yllcorner or yllcenter, cellsize and, optionally,
/// NODATA_value, in any order and case; then nrows rows of ncols numbers, north to south. Values belong
/// to the centres of the cells. Throws base::Error: no_input, or bad_data with the line.
RawGrid read_ascii_grid(const std::string& path, int dimensions);

}  // namespace tessera::input
