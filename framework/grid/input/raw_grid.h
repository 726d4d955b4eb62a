// A grid as it lies in a file, before it is checked, and its readers.
#pragma once

#include "base/error.h"
#include "grid/input/grid_data.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tessera::input {

/// Most values that a grid may have: 16 GiB as doubles.
inline constexpr std::uint64_t most_grid_values = std::uint64_t{1} << 31;

struct RawGrid {
  std::string name;                       ///< of the data set or file, for messages
  std::vector<std::string> axis_names;    ///< x first
  std::vector<std::vector<double>> axes;  ///< x first, in any order of values
  std::vector<double> values;             ///< x fastest, rows in the order of the axes
  std::vector<double> missing;            ///< values that stand for "no value"
  double scale = 1.0;                     ///< value = stored * scale + offset
  double offset = 0.0;
};

inline base::Error bad_data(std::string problem, std::string hint = {}) {
  return {base::ExitCode::bad_data, std::move(problem), std::move(hint)};
}

/// Reads an ESRI ASCII grid (.asc): keys ncols, nrows, xllcorner or xllcenter, yllcorner or yllcenter,
/// cellsize and, optionally, NODATA_value, in any order and case; then nrows rows of ncols numbers, north to
/// south. Values belong to the centres of the cells. Throws base::Error: no_input, or bad_data with the line.
RawGrid read_ascii_grid(const std::string& path, int dimensions);

/// Reads a grid of an HDF5 or NetCDF-4 file. Data sets are stored [z][y][x], x last. Coordinates are those
/// that `source` names, else those of the netCDF convention of dimension scales, else 1-D data sets beside
/// the data set that have a usual name (lon, lat, depth, …) and the right length. Honours _FillValue,
/// missing_value, scale_factor and add_offset. Throws as GridData::read.
RawGrid read_hdf5_grid(const GridSource& source, int dimensions);

}  // namespace tessera::input
