#include "damaged_files.h"
#include "grid/input/grid_data.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace tessera;
using input::GridData;
using input::GridSource;

namespace {

/// Writes a chunked, compressed 2-D data set and its coordinates. In the latest format, checksums protect all
/// of the file. The attributes are texts of variable length, which are in a heap.
std::string sample_file(const std::string& path, bool latest_format) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (latest_format) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  REQUIRE(file >= 0);
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, H5T_VARIABLE);
  const hid_t scalar = H5Screate(H5S_SCALAR);
  const auto write = [&](const char* name, const char* units, const std::vector<hsize_t>& shape,
                         const std::vector<double>& values) {
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const std::vector<hsize_t> chunk(shape.size(), 2);
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 6);
    H5Pset_fletcher32(creation);
    const hid_t dataset =
        H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    const hid_t attribute = H5Acreate2(dataset, "units", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Awrite(attribute, text, &units) >= 0);
    H5Aclose(attribute);
    H5Dclose(dataset);
    H5Pclose(creation);
    H5Sclose(space);
  };
  write("v", "m", {3, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  write("x", "degrees_east", {4}, {0, 1, 2, 4});
  write("y", "degrees_north", {3}, {0, 1, 3});
  H5Sclose(scalar);
  H5Tclose(text);
  H5Fclose(file);
  H5Pclose(access);
  return test::bytes_of(path);
}

}  // namespace

TEST_CASE("an HDF5 file with damaged bytes never crashes the reader, and checksums prevent wrong values") {
  const test::TemporaryFolder folder;
  for (const bool latest_format : {true, false}) {
    const GridSource source{folder.file("whole.h5"), "v", {}};
    const std::string bytes = sample_file(source.path, latest_format);
    CAPTURE(latest_format);
    auto counts = test::read_damaged_files(folder, source, bytes);
    CHECK(counts[test::Reading::right_values] > 0);
    if (latest_format) CHECK(counts[test::Reading::other_values] == 0);
  }
}
