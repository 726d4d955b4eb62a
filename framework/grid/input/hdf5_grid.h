// Reads a grid of an HDF5 or NetCDF-4 file.
#pragma once

#include "grid/input/grid_data.h"
#include "grid/input/raw_grid.h"

namespace tessera::input {

/// Data sets are stored [z][y][x], x last. Coordinates are those that `source` names, else those of the
/// netCDF convention of dimension scales, else 1-D data sets beside the data set that have a usual name
/// (lon, lat, depth, …) and the right length. Honours _FillValue, missing_value, scale_factor and
/// add_offset. Throws as GridData::read.
RawGrid read_hdf5_grid(const GridSource& source, int dimensions);

}  // namespace tessera::input
