// Finds the coordinates of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <string>
#include <vector>

namespace tessera::input {

/// A data set in a file.
struct Hdf5Entry {
  std::string path;              ///< absolute path in the file
  std::vector<hsize_t> extents;  ///< shape; empty if the data set is not an array
};

/// The data sets of a file, in order of their names; at most the first thousand.
std::vector<Hdf5Entry> list_datasets(hid_t file);

/// Opens the data sets that contain the coordinates along each axis, x first, of the data set at the absolute
/// path `path` with shape `extents` (x last). The handle is empty for an axis without coordinates.
std::vector<hdf5::Hdf5Handle> find_axes(hid_t file, const std::string& path,
                                        const std::vector<hsize_t>& extents);

/// Usual names of the coordinate along axis `a` (0: x), for messages: "lon, longitude or x".
std::string usual_axis_names(std::size_t a);

}  // namespace tessera::input
