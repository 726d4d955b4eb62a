// Writes maps as GeoTIFF files.
#pragma once

#include "grid/output/map.h"

#include <string>

namespace tessera::output {

/// Writes a GeoTIFF file (OGC 19-008r4) with one band of 64-bit floating-point numbers, north up, in which
/// NaN means that there is no value. The coordinate reference system of a geographic map is EPSG:4326; other
/// maps have none. The description and the unit of the band are written as GDAL reads them. Equal maps are
/// equal files. `map`: at most 5e8 cells. The file appears under its final name only once it is complete.
/// Throws base::Error (cannot_create, io_error).
void write_geotiff(const Map& map, const std::string& path);

}  // namespace tessera::output
