#include "base/error.h"
#include "support/hdf5_writer.h"
#include "grid/output/stored_snapshot.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace tessera;
using output::StoredSnapshot;

namespace {

void write_root_attribute(hid_t file, const char* name, hid_t type, const std::vector<double>& values) {
  const hsize_t count = values.size();
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values.data()) >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
}

/// Writes a snapshot with the field `u` of 4 cells, whose data set `creation` describes.
void write_snapshot(const std::string& path, hid_t creation = H5P_DEFAULT,
                    const std::vector<double>& steps = {7}) {
  test::Hdf5Writer file{path};
  write_root_attribute(file.id(), "step", H5T_STD_I64LE, steps);
  write_root_attribute(file.id(), "time_s", H5T_IEEE_F64LE, {0.5});
  file.write_reals("x", {4}, {0, 1, 2, 3});
  const hsize_t count = 4;
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  const hid_t dataset = H5Dcreate2(file.id(), "u", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  const std::vector<double> values{1, 2, 3, 4};
  H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(dataset);
  H5Sclose(space);
}

std::string error_text(const std::string& path) {
  try {
    StoredSnapshot::read(path);
  } catch (const base::Error& error) {
    CHECK(error.code() == base::ExitCode::bad_data);
    return error.text();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a snapshot is read, even if it was compressed later") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  for (const bool compressed : {false, true}) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = 3;
    if (compressed) H5Pset_chunk(creation, 1, &chunk), H5Pset_shuffle(creation), H5Pset_deflate(creation, 6);
    write_snapshot(path, creation);
    H5Pclose(creation);
    const StoredSnapshot snapshot = StoredSnapshot::read(path);
    CHECK(snapshot.step == 7);
    CHECK(snapshot.time == 0.5);
    REQUIRE(snapshot.fields.size() == 1);
    CHECK(snapshot.fields[0].name == "u");
    CHECK(snapshot.fields[0].single_precision);
    CHECK(snapshot.fields[0].values == std::vector<double>{1, 2, 3, 4});
  }
}

TEST_CASE("a snapshot that refers to other files, or whose step is not one number, is rejected") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t count = 4;
  const hid_t space = H5Screate_simple(1, &count, nullptr);
  H5Pset_virtual(creation, space, "none.h5", "/u", space);
  write_snapshot(path, creation);
  H5Sclose(space);
  H5Pclose(creation);
  CHECK(error_text(path).starts_with("error: data set `u` in `" + path + "` is a virtual data set"));

  write_snapshot(path, H5P_DEFAULT, std::vector<double>(4000, 1.0));
  CHECK(error_text(path).starts_with("error: " + path + " is not a complete snapshot (no attribute `step`)"));
}
