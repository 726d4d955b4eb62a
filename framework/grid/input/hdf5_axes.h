// Search for the coordinates of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <string>
#include <vector>

namespace tessera::input {

/// A data set in a file.
struct Hdf5Entry {
  std::string path;              ///< absolute path in the file
  std::vector<hsize_t> extents;  ///< shape of the data set; empty if it is not an array
};

/// Returns the data sets in a file, sorted by name; at most the first 1000.
std::vector<Hdf5Entry> list_datasets(hid_t file);

/// Opens the data sets that contain the coordinates of a data set. `path`: absolute path of the data set;
/// `extents`: its shape, x last. Returns one handle per axis, x first; empty handles for axes without
/// coordinates.
std::vector<hdf5::Hdf5Handle> find_axes(hid_t file, const std::string& path,
                                        const std::vector<hsize_t>& extents);

/// Returns the usual names of the coordinate along axis `a` (0: x), for messages: "lon, longitude or x".
std::string usual_axis_names(std::size_t a);

}  // namespace tessera::input
