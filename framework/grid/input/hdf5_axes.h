// Finds the coordinates of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <string>
#include <vector>

namespace tessera::input {

/// One data set of a file.
struct Hdf5Entry {
  std::string path;  ///< absolute
  std::vector<hsize_t> extents;
};

/// All data sets of a file (at most the first thousand), in the order of their names.
std::vector<Hdf5Entry> list_datasets(hid_t file);

/// The data sets that hold the coordinates along each axis, x first, of the data set at the absolute path
/// `path` with the shape `extents` (x last); an empty handle where none was found.
std::vector<hdf5::Hdf5Handle> find_axes(hid_t file, const std::string& path,
                                        const std::vector<hsize_t>& extents);

/// Names by which the coordinate along axis `a` (0: x) is found, for messages.
std::string usual_axis_names(std::size_t a);

}  // namespace tessera::input
