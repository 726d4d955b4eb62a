#include "hdf5/new_object.h"

#include <algorithm>

namespace tessera::hdf5 {

void expect_written(bool ok) {
  if (!ok) throw WriteFailure{};
}

Hdf5Handle dataset_properties(bool all_values_are_written) {
  Hdf5Handle properties{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  expect_written(H5Pset_obj_track_times(properties.get(), false) >= 0);
  if (all_values_are_written) expect_written(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER) >= 0);
  return properties;
}

Hdf5Handle create_dataset(hid_t parent, const std::string& name, hid_t type,
                          const std::vector<hsize_t>& extents, const Hdf5Handle& properties) {
  const Hdf5Handle space{extents.empty()
                             ? H5Screate(H5S_SCALAR)
                             : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                         H5Sclose};
  Hdf5Handle dataset{
      H5Dcreate2(parent, name.c_str(), type, space.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
      H5Dclose};
  expect_written(static_cast<bool>(dataset));
  return dataset;
}

void write_attribute(hid_t object, const char* name, hid_t type, const void* values, hsize_t count) {
  const Hdf5Handle space{count > 0 ? H5Screate_simple(1, &count, nullptr) : H5Screate(H5S_SCALAR), H5Sclose};
  const Hdf5Handle attribute{H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  expect_written(attribute && H5Awrite(attribute.get(), type, values) >= 0);
}

void write_text_attribute(hid_t object, const char* name, std::string_view text) {
  const Hdf5Handle type{H5Tcopy(H5T_C_S1), H5Tclose};
  // No terminating NUL, because newer versions of VTK's HDF reader treat it as part of the text.
  const std::string padded = text.empty() ? std::string(1, '\0') : std::string{text};
  H5Tset_size(type.get(), padded.size());
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  const bool is_ascii = std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
  if (!is_ascii) H5Tset_cset(type.get(), H5T_CSET_UTF8);
  write_attribute(object, name, type.get(), padded.data());
}

}  // namespace tessera::hdf5
