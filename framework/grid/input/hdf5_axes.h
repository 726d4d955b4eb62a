// The dimensions of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "hdf5/foreign_file.h"

#include <string>
#include <vector>

namespace tessera::input {

struct Hdf5Dimension {
  std::string name;        ///< name of the attached dimension scale; empty if there is none
  std::string coordinate;  ///< path of the data set with the coordinates; empty if there is none
};

/// Finds the dimension scales that are attached to a data set, as netCDF does, or, failing that, 1-D data
/// sets of the right length: those that `axes` names, x first, or those in the same group with usual names.
/// The slowest dimension may also be the time, by the name or the attributes of its coordinates. `path`:
/// absolute path of the data set; `extents`: its shape, x last, or before the components if `has_components`.
/// Returns one entry per dimension, slowest first.
std::vector<Hdf5Dimension> find_dimensions(const hdf5::ForeignFile& file, const std::string& path,
                                           const std::vector<hsize_t>& extents,
                                           const std::vector<std::string>& axes, bool has_components);

}  // namespace tessera::input
