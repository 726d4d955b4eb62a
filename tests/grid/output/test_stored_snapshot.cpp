#include "base/digest.h"
#include "base/error.h"
#include "grid/output/stored_snapshot.h"
#include "snapshot_file.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace tessera;
using output::StoredSnapshot;

namespace {

/// Writes a snapshot with the field `u` of 4 cells, whose data set `creation` describes.
void write_snapshot(const std::string& path, hid_t creation = H5P_DEFAULT,
                    const std::vector<double>& steps = {7}) {
  test::write_snapshot(path, {{"u", {4}, {1, 2, 3, 4}, H5T_IEEE_F32LE, creation}}, 1, steps);
}

/// The digest of values in single precision, [cell][component].
std::uint64_t digest_of(const std::string& name, const std::vector<double>& values, int components) {
  std::uint64_t sum = 0;
  for (std::size_t n = 0; n < values.size(); ++n) {
    const auto c = n % static_cast<std::size_t>(components);
    sum += base::Digest::cell_hash(base::Digest::seed(name, static_cast<int>(c)),
                                   n / static_cast<std::size_t>(components),
                                   std::bit_cast<std::uint32_t>(static_cast<float>(values[n])));
  }
  return sum;
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
    CHECK(snapshot.fields[0].value_count() == 4);
    CHECK(snapshot.fields[0].digest == digest_of("u", {1, 2, 3, 4}, 1));
  }
}

TEST_CASE("the digest of a field does not depend on how its values are stored and read") {
  const test::TemporaryFolder folder;
  constexpr hsize_t cells = 1500000;
  constexpr int components = 3;
  std::vector<double> values(cells * components);  // more values than are in memory at once
  REQUIRE(values.size() > output::max_values_in_memory);
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = static_cast<double>(n % 4099) - 5.5;
  const std::uint64_t expected = digest_of("v", values, components);
  for (const std::vector<hsize_t>& chunk :
       {std::vector<hsize_t>{}, {1000, 3}, {400000, 2}, {cells, components}}) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (!chunk.empty()) H5Pset_chunk(creation, 2, chunk.data());
    test::write_snapshot(folder.file("a.h5"), {{"v", {cells, components}, values, H5T_IEEE_F32LE, creation}});
    H5Pclose(creation);
    const StoredSnapshot snapshot = StoredSnapshot::read(folder.file("a.h5"));
    REQUIRE(snapshot.fields.size() == 1);
    CHECK(snapshot.fields[0].components == components);
    CHECK(snapshot.fields[0].shape == std::vector<std::int64_t>{cells, components});
    CHECK(snapshot.fields[0].value_count() == values.size());
    CHECK(snapshot.fields[0].digest == expected);
  }
}

TEST_CASE("the newest snapshot has the highest step, regardless of the number of digits") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("fields"));
  for (const char* name :
       {"fields_00000002.h5", "fields_99999999.h5", "fields_100000000.h5", "fields.xdmf"}) {
    folder.write(std::string{"fields/"} + name, "");
  }
  CHECK(StoredSnapshot::find_newest(folder.path()) == folder.file("fields/fields_100000000.h5"));
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

TEST_CASE("a file without axes is not a snapshot") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  test::write_snapshot(path, {{"u", {4}, {1, 2, 3, 4}}}, 0);
  CHECK(error_text(path).starts_with("error: " + path + " is not a complete snapshot (no axes)"));
}

TEST_CASE("a field with an absurd number of components is rejected") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);  // of a sparse file
  H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  for (const hsize_t components : {hsize_t{1} << 31U, hsize_t{1} << 32U}) {
    CAPTURE(components);
    test::write_snapshot(path, {});
    {
      const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
      const std::array<hsize_t, 2> shape{1, components};
      const hid_t space = H5Screate_simple(2, shape.data(), nullptr);
      H5Dclose(H5Dcreate2(file, "u", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
      H5Sclose(space);
      H5Fclose(file);
    }
    const std::string text = error_text(path);
    CHECK(text.find("`u` has an unexpected shape") != std::string::npos);
  }
  H5Pclose(creation);
}

TEST_CASE("a field whose values do not match its digest is reported as damaged") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("changed.h5");
  test::write_snapshot(path, {{"u", {4}, {1, 2, 3, 4}}});
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t dataset = H5Dopen2(file, "u", H5P_DEFAULT);
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 16);
  const hid_t space = H5Screate(H5S_SCALAR);
  const hid_t attribute = H5Acreate2(dataset, "digest", type, space, H5P_DEFAULT, H5P_DEFAULT);
  REQUIRE(H5Awrite(attribute, type, "0123456789abcdef") >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
  H5Dclose(dataset);
  H5Fclose(file);
  CHECK(error_text(path) ==
        "error: " + path +
            " is damaged: the values of `u` do not match their digest\n  = restore the file "
            "from a copy, or repeat the run");
}
