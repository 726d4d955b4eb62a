// The attributes of a data set in an HDF5 or NetCDF-4 file.
#pragma once

#include "grid/input/stored_variable.h"
#include "hdf5/foreign_file.h"

#include <string>

#include <hdf5.h>

namespace tessera::input {

/// Returns the attributes of a data set that have a meaning in CF. Throws base::Error (bad_data) if one of
/// them is neither a text nor a short list of numbers. `label`: name of the data set in messages.
Attributes read_attributes(const hdf5::ForeignFile& file, hid_t dataset, const std::string& label);

/// Returns the type of the numbers in a data set, which hdf5::StoredArray has checked.
NumberType number_type(hid_t dataset);

}  // namespace tessera::input
