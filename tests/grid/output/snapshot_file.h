// Writes snapshots for tests.
#pragma once

#include "support/hdf5_writer.h"

#include <string>
#include <vector>

namespace tessera::test {

/// A field to be written.
struct SnapshotValues {
  std::string name;
  std::vector<hsize_t> shape;
  std::vector<double> values;
  hid_t type = H5T_IEEE_F64LE;
  hid_t creation = H5P_DEFAULT;  ///< describes the data set
};

inline void write_root_attribute(hid_t file, const char* name, hid_t type,
                                 const std::vector<double>& values) {
  const hsize_t count = values.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values.data()) >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
}

/// Marks a data set as the coordinates along an axis.
inline void mark_as_axis(hid_t file, const char* name) {
  const hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 16);
  for (const char* attribute_name : {"CLASS", "axis"}) {
    const hid_t attribute = H5Acreate2(dataset, attribute_name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Awrite(attribute, type, "DIMENSION_SCALE") >= 0);
    H5Aclose(attribute);
  }
  H5Tclose(type);
  H5Sclose(space);
  H5Dclose(dataset);
}

/// Writes a snapshot of a domain with the given number of dimensions at t = 0.5 s, without checksums.
inline void write_snapshot(const std::string& path, const std::vector<SnapshotValues>& fields,
                           int dimensions = 1, const std::vector<double>& steps = {7}) {
  Hdf5Writer file{path};
  write_root_attribute(file.id(), "step", H5T_STD_I64LE, steps);
  write_root_attribute(file.id(), "time_s", H5T_IEEE_F64LE, {0.5});
  const char* const axes[] = {"x", "y", "z"};
  for (int a = 0; a < dimensions; ++a) {
    file.write_reals(axes[a], {1}, {0});
    mark_as_axis(file.id(), axes[a]);
  }
  for (const SnapshotValues& f : fields) {
    const hid_t space = H5Screate_simple(static_cast<int>(f.shape.size()), f.shape.data(), nullptr);
    const hid_t dataset =
        H5Dcreate2(file.id(), f.name.c_str(), f.type, space, H5P_DEFAULT, f.creation, H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, f.values.data());
    H5Dclose(dataset);
    H5Sclose(space);
  }
}

}  // namespace tessera::test
