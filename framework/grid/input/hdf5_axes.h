// Search for the coordinates of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "hdf5/foreign_file.h"

#include <string>
#include <vector>

namespace tessera::input {

/// Finds the data sets that contain the coordinates of a data set. `path`: absolute path of the data set;
/// `extents`: its shape, x last. Returns the path of one data set per axis, x first; empty for axes without
/// coordinates.
std::vector<std::string> find_axes(const hdf5::ForeignFile& file, const std::string& path,
                                   const std::vector<hsize_t>& extents);

/// Returns the usual names of the coordinate along axis `a` (0: x), for messages: "lon, longitude or x".
std::string usual_axis_names(std::size_t a);

}  // namespace tessera::input
