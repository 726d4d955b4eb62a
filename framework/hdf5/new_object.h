// Creates data sets and attributes in files that Tessera writes.
#pragma once

#include "hdf5/hdf5_handle.h"

#include <string>
#include <string_view>
#include <vector>

namespace tessera::hdf5 {

/// Thrown if HDF5 cannot create or write an object.
struct WriteFailure {};

/// Throws WriteFailure if `ok` is false.
void expect_written(bool ok);

/// The properties of a new data set, without times, so that files with equal contents are equal.
/// `all_values_are_written`: HDF5 need not fill the data set with zeros. Throws WriteFailure.
Hdf5Handle dataset_properties(bool all_values_are_written);

/// Creates a data set, which is a single value if `extents` is empty. Throws WriteFailure. @note Collective
/// if the file is open for parallel access.
Hdf5Handle create_dataset(hid_t parent, const std::string& name, hid_t type,
                          const std::vector<hsize_t>& extents, const Hdf5Handle& properties);

/// Writes an attribute with `count` values, or a scalar attribute if `count` is 0. Throws WriteFailure. @note
/// Collective if the file is open for parallel access; so is write_text_attribute().
void write_attribute(hid_t object, const char* name, hid_t type, const void* values, hsize_t count = 0);

/// Writes a scalar attribute with a text in UTF-8.
void write_text_attribute(hid_t object, const char* name, std::string_view text);

}  // namespace tessera::hdf5
