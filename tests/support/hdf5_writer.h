// Writes small HDF5 files for tests.
#pragma once

#include <hdf5.h>
#include <catch2/catch.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tessera::test {

class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::string path)
      : path_{std::move(path)}, file_{H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)} {}
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;
  ~Hdf5Writer() { H5Fclose(file_); }

  template <class T>
  void write_dataset(const char* name, hid_t type, const std::vector<hsize_t>& shape,
                     const std::vector<T>& values) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t dataset = H5Dcreate2(file_, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(dataset >= 0);
    H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
    H5Sclose(space);
  }
  void write_reals(const char* name, const std::vector<hsize_t>& shape, const std::vector<double>& values) {
    write_dataset(name, H5T_NATIVE_DOUBLE, shape, values);
  }
  void write_attribute(const char* dataset, const char* name, double value) {
    const hid_t object = H5Dopen2(file_, dataset, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(object);
  }
  void write_text_attribute(const char* dataset, const char* name, const std::string& text) {
    const hid_t object = H5Dopen2(file_, dataset, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, text.size());
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, text.data());
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(object);
  }
  /// Attaches dimension scales as netCDF does: each scale refers to the data set and the
  /// index of the dimension.
  void attach_scales(const char* dataset, const std::vector<const char*>& names) {
    struct Attachment {
      hobj_ref_t dataset;
      int dimension;
    };
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(Attachment));
    H5Tinsert(type, "dataset", offsetof(Attachment, dataset), H5T_STD_REF_OBJ);
    H5Tinsert(type, "dimension", offsetof(Attachment, dimension), H5T_NATIVE_INT);
    for (std::size_t d = 0; d < names.size(); ++d) {
      Attachment entry{0, static_cast<int>(d)};
      H5Rcreate(&entry.dataset, file_, dataset, H5R_OBJECT, -1);
      const hid_t object = H5Dopen2(file_, names[d], H5P_DEFAULT);
      const hsize_t count = 1;
      const hid_t space = H5Screate_simple(1, &count, nullptr);
      const hid_t attribute = H5Acreate2(object, "REFERENCE_LIST", type, space, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(attribute, type, &entry);
      H5Aclose(attribute);
      H5Sclose(space);
      H5Dclose(object);
    }
    H5Tclose(type);
  }
  void create_group(const char* name) {
    H5Gclose(H5Gcreate2(file_, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  hid_t id() const { return file_; }

 private:
  std::string path_;
  hid_t file_;
};

}  // namespace tessera::test
