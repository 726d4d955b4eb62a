// A grid as stored in a file, before it is checked, and the functions that read it.
#pragma once

#include "base/error.h"
#include "grid/input/grid_data.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tessera::input {

/// Maximum number of values in an ASCII grid: 16 GiB as doubles.
inline constexpr std::uint64_t max_grid_values = std::uint64_t{1} << 31;

struct RawGrid {
  std::string name;                       ///< name of the data set or file, for messages
  std::vector<std::string> axis_names;    ///< x first
  std::vector<std::vector<double>> axes;  ///< coordinates, x first
  std::vector<std::size_t> first;         ///< index in the file of the first node along each axis
  std::vector<double> values;             ///< x fastest, in the order of the coordinates
  std::vector<double> missing;            ///< stored values that denote missing data
  double scale = 1.0;                     ///< value = stored * scale + offset
  double offset = 0.0;
};

/// Returns an error with code bad_data.
inline base::Error bad_data(std::string problem, std::string hint = {}) {
  return {base::ExitCode::bad_data, std::move(problem), std::move(hint)};
}

/// Reads an ESRI ASCII grid (.asc). The format: the keys ncols, nrows, xllcorner or xllcenter, yllcorner or
/// yllcenter, cellsize and, optionally, NODATA_value, in any order and case; then nrows rows of ncols
/// numbers, from north to south. Values are at cell centres. The grid is reduced to the nodes around
/// `region`, if any. Throws base::Error: no_input if the file cannot be read; bad_data, with the line number
/// if possible, if its contents are invalid.
RawGrid read_ascii_grid(const std::string& path, int dimensions, const std::optional<Region>& region);

/// Reads a grid from an HDF5 or NetCDF-4 file. The shape of a data set is [z][y][x]. The coordinates are the
/// data sets in `source.axes`, if any. Otherwise, the coordinates along an axis are the attached dimension
/// scale (as in netCDF) or, failing that, a 1-D data set in the same group with a usual name (lon, lat,
/// depth, …) and the right length. Honours _FillValue, missing_value, scale_factor and add_offset. The grid
/// is reduced to the nodes around `region`, if any, and no other values are read. Throws the same errors as
/// GridData::read().
RawGrid read_hdf5_grid(const GridSource& source, int dimensions, const std::optional<Region>& region);

}  // namespace tessera::input
