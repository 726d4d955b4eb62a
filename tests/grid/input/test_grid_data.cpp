#include "base/contract.h"
#include "base/error.h"
#include "grid/input/grid_data.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

using Catch::Contains;
using tessera::base::ContractViolation;
using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::input::GridData;
using tessera::input::GridSource;
using tessera::test::TemporaryFolder;
using Writer = tessera::test::Hdf5Writer;

namespace {

double value_at(const GridData& grid, std::vector<double> point) { return grid.at(point); }

/// The error that GridData::read() throws.
Error read_error(const GridSource& source, int dimensions) {
  try {
    GridData::read(source, dimensions);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  return Error{ExitCode::done, ""};
}

void check_read_error(const GridSource& source, int dimensions, ExitCode code, const std::string& phrase) {
  const Error error = read_error(source, dimensions);
  CHECK(error.code() == code);
  CHECK_THAT(error.text(), Contains(phrase));
}

const std::string ascii = "ncols 3\nnrows 2\nxllcorner 10\nyllcorner 20\ncellsize 2\nNODATA_value -9999\n";

}  // namespace

TEST_CASE("a 2-D data set of integers is read with its coordinates") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "elevation", {}};
  {
    Writer file{source.path};
    file.write_dataset<std::int16_t>("elevation", H5T_NATIVE_INT16, {2, 3}, {0, 8, -4, 16, 24, 2});
    file.write_reals("lon", {3}, {40, 42, 44});
    file.write_dataset<float>("lat", H5T_NATIVE_FLOAT, {2}, {-1, 1});
  }
  const GridData grid = GridData::read(source, 2);
  CHECK(grid.dimensions() == 2);
  CHECK(std::vector<double>(grid.axis(0).begin(), grid.axis(0).end()) == std::vector<double>{40, 42, 44});
  CHECK(std::vector<double>(grid.axis(1).begin(), grid.axis(1).end()) == std::vector<double>{-1, 1});
  CHECK(std::ranges::min(grid.values()) == -4);
  CHECK(std::ranges::max(grid.values()) == 24);
  CHECK(value_at(grid, {40, -1}) == 0);
  CHECK(value_at(grid, {44, 1}) == 2);
  CHECK(value_at(grid, {41, -1}) == 4);
  CHECK(value_at(grid, {42, 0}) == 16);
  CHECK(value_at(grid, {41, 0.5}) == 16);
}

TEST_CASE(
    "points up to one cell beyond the nodes get the value at the edge, and points further out are rejected") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.write_reals("v", {3}, {1, 2, 5});
    file.write_reals("x", {3}, {0, 0.1, 0.3});
  }
  const GridData grid = GridData::read(source, 1);
  CHECK(value_at(grid, {-0.1}) == 1);
  CHECK(value_at(grid, {0.5}) == 5);
  CHECK(value_at(grid, {0.1}) == 2);
  CHECK_THROWS_AS(value_at(grid, {-0.11}), ContractViolation);
  CHECK_THROWS_AS(value_at(grid, {0.51}), ContractViolation);
  CHECK_THROWS_AS(value_at(grid, {std::nan("")}), ContractViolation);
  const auto covers = [&](double low, double high) { return grid.covers(std::array{low}, std::array{high}); };
  CHECK(covers(-0.1, 0.5));
  CHECK_FALSE(covers(-0.11, 0.5));
  CHECK_FALSE(covers(0.0, 0.51));
  CHECK_FALSE(covers(std::nan(""), 0.5));
}

TEST_CASE("interpolation of constant data is exact") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.write_reals("v", {2, 2}, {0.1, 0.1, 0.1, 0.1});
    file.write_reals("x", {2}, {0, 1});
    file.write_reals("y", {2}, {0, 3});
  }
  const GridData grid = GridData::read(source, 2);
  for (int i = 0; i <= 100; ++i) REQUIRE(value_at(grid, {0.01 * i, 0.029 * i}) == 0.1);
}

TEST_CASE("descending axes are reversed in every dimension") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    std::vector<double> values;
    for (const int z : {5, 1, 0}) {
      for (const int y : {3, 2}) {
        for (const int x : {9, 8, 6, 1}) values.push_back(100 * z + 10 * y + x);
      }
    }
    file.write_reals("v", {3, 2, 4}, values);
    file.write_reals("x", {4}, {9, 8, 6, 1});
    file.write_reals("y", {2}, {3, 2});
    file.write_reals("z", {3}, {5, 1, 0});
  }
  const GridData grid = GridData::read(source, 3);
  CHECK(grid.axis(0)[0] == 1);
  CHECK(grid.axis(2)[2] == 5);
  for (const double z : {0.0, 0.5, 1.0, 3.0, 5.0}) {
    for (const double y : {2.0, 2.5, 3.0}) {
      for (const double x : {1.0, 3.5, 6.0, 8.5, 9.0})
        CHECK(value_at(grid, {x, y, z}) == 100 * z + 10 * y + x);
    }
  }
}

TEST_CASE("coordinates are found by name, by netCDF dimension scales or from the job") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "/ocean/v", {}};
  {
    Writer file{source.path};
    file.create_group("ocean");
    file.write_reals("ocean/v", {2, 2}, {1, 2, 3, 4});
    file.write_reals("Longitude", {2}, {90, 91});  // in another group: not used
    file.write_reals("ocean/Longitude", {2}, {7, 8});
    file.write_reals("ocean/nav_lat", {2}, {5, 6});
    file.write_reals("east", {2}, {70, 80});
    file.write_reals("north", {2}, {60, 50});
  }
  SECTION("by name, ignoring case") {
    const GridData grid = GridData::read(source, 2);
    CHECK(grid.axis(0)[1] == 8);
    CHECK(grid.axis(1)[1] == 6);
  }
  SECTION("from the job") {
    const GridData grid = GridData::read({source.path, source.dataset, {"east", "/north"}}, 2);
    CHECK(value_at(grid, {80, 50}) == 4);
    CHECK(value_at(grid, {80, 60}) == 2);
  }
  SECTION("dimension scales take precedence over names") {
    const std::string path = folder.file("b.nc");
    {
      Writer other{path};
      other.write_reals("v", {2, 3}, {1, 2, 3, 4, 5, 6});
      other.write_reals("lon", {3}, {1, 2, 3});
      other.write_reals("columns", {3}, {10, 20, 30});
      other.write_reals("rows", {2}, {40, 50});
      other.attach_scales("v", {"rows", "columns"});
    }
    const GridData grid = GridData::read({path, "v", {}}, 2);
    CHECK(value_at(grid, {30, 50}) == 6);
  }
}

TEST_CASE("times without units are found by their name or attributes, and selected by a number") {
  const TemporaryFolder folder;
  GridSource source{folder.file("a.h5"), "v", {}};
  const auto write = [&](const char* times, const char* attribute, const char* text) {
    Writer file{source.path};
    file.write_reals("v", {3, 2, 2}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
    file.write_reals("x", {2}, {0, 1});
    file.write_reals("y", {2}, {0, 1});
    file.write_reals(times, {3}, {0.5, 1.5, 2.5});
    if (attribute != nullptr) file.write_text_attribute(times, attribute, text);
  };
  const auto check_times = [&] {
    source.at = "1.5";
    CHECK(value_at(GridData::read(source, 2), {1, 1}) == 13);
    source.at = "1";
    source.between = tessera::input::Between::linear;
    CHECK(value_at(GridData::read(source, 2), {1, 0}) == 6);
    source.between = tessera::input::Between::none;
    check_read_error(source, 2, ExitCode::bad_data, "the file has 0.5, 1.5, 2.5");
    source.at = "2004-12-26";
    check_read_error(source, 2, ExitCode::bad_data, "give a number in the units of the file");
    source.at.clear();
    check_read_error(source, 2, ExitCode::bad_data, "select one, as in at = \"0.5\"");
  };
  SECTION("by name") {
    write("time", nullptr, nullptr);
    check_times();
  }
  SECTION("by axis") {
    write("moments", "axis", "T");
    check_times();
  }
  SECTION("by standard_name") {
    write("moments", "standard_name", "time");
    check_times();
  }
  SECTION("with the coordinates of the other axes from the job") {
    write("Time", nullptr, nullptr);
    source.axes = {"x", "y"};
    check_times();
  }
  SECTION("but not by other attributes") {
    write("moments", "axis", "Z");
    source.at = "1.5";
    check_read_error(source, 2, ExitCode::bad_data, "has 3 dimensions, but the domain has 2");
  }
  SECTION("but not if there are two") {
    write("moments", "axis", "T");
    {
      const hid_t file = H5Fopen(source.path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
      H5Ocopy(file, "moments", file, "more_moments", H5P_DEFAULT, H5P_DEFAULT);
      H5Fclose(file);
    }
    source.at = "1.5";
    check_read_error(source, 2, ExitCode::bad_data, "has 3 dimensions, but the domain has 2");
  }
}

TEST_CASE("a component is selected from the last dimension") {
  const TemporaryFolder folder;
  GridSource source{folder.file("a.h5"), "v", {}};
  using tessera::input::Component;
  bool with_scales = false;
  SECTION("of a file without dimension scales") {}
  SECTION("of a file with dimension scales, of which that of the components has no coordinates") {
    with_scales = true;
  }
  {
    Writer file{source.path};
    std::vector<double> values;  // 100 c + 10 y + x; as many components as columns
    for (int n = 0; n < 2 * 3 * 3; ++n) values.push_back(100 * (n % 3) + 10 * (n / 9) + n / 3 % 3);
    file.write_reals("v", {2, 3, 3}, values);
    file.write_reals("flat", {2, 3}, {0, 1, 2, 3, 4, 5});
    file.write_reals("x", {3}, {0, 1, 2});
    file.write_reals("y", {2}, {0, 1});
    if (with_scales) {
      file.write_reals("component_3", {3}, {0, 0, 0});
      file.write_text_attribute("component_3", "NAME",
                                "This is a netCDF dimension but not a netCDF variable.         3");
      file.attach_scales("v", {"y", "x", "component_3"});
    }
  }
  for (const int c : {0, 1, 2}) {
    for (const int count : {0, 3}) {
      source.component = Component{c, count};
      const GridData grid = GridData::read(source, 2);
      for (const double y : {0.0, 0.5, 1.0}) {
        for (const double x : {0.0, 1.0, 2.0}) CHECK(value_at(grid, {x, y}) == 100 * c + 10 * y + x);
      }
    }
  }
  source.axes = {"x", "y"};
  CHECK(value_at(GridData::read(source, 2), {2, 1}) == 212);
  source.axes.clear();
  source.component = Component{3, 0};
  check_read_error(source, 2, ExitCode::bad_data, "has no component 3");
  source.component = Component{0, 2};
  check_read_error(source, 2, ExitCode::bad_data, "has 3 components, but the field has 2");
  source.component.reset();
  check_read_error(source, 2, ExitCode::bad_data, "has 3 dimensions, but the domain has 2");
  source.component = Component{0, 0};
  check_read_error(source, 1, ExitCode::bad_data, "has 2 dimensions besides its components");
  source.dataset = "flat";
  check_read_error(source, 2, ExitCode::bad_data, "has 1 dimensions besides its components");
  source.dataset.clear();  // only `v` has enough dimensions
  CHECK(value_at(GridData::read(source, 2), {2, 1}) == 12);
}

TEST_CASE("a dimension that is an axis does not contain components") {
  const TemporaryFolder folder;
  GridSource source{folder.file("a.h5"), "v", {}};
  source.component = tessera::input::Component{1, 0};
  {
    Writer file{source.path};
    file.write_reals("v", {2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
    file.write_reals("wide", {2, 2, 65}, std::vector<double>(260));
    for (const char* axis : {"x", "y", "z"}) file.write_reals(axis, {2}, {0, 1});
    file.attach_scales("v", {"z", "y", "x"});
  }
  check_read_error(source, 2, ExitCode::bad_data, "the last dimension of data set `v`");
  source.dataset = "wide";
  check_read_error(source, 2, ExitCode::bad_data, "does not contain components: its shape is [");
}

TEST_CASE("values packed with a scale factor and an offset are unpacked") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.write_dataset<std::int16_t>("v", H5T_NATIVE_INT16, {2}, {4, 8});
    file.write_reals("x", {2}, {0, 1});
    file.write_attribute("v", "scale_factor", 0.5);
    file.write_attribute("v", "add_offset", 100);
  }
  const GridData grid = GridData::read(source, 1);
  CHECK(std::ranges::min(grid.values()) == 102);
  CHECK(std::ranges::max(grid.values()) == 104);
}

TEST_CASE("missing and non-finite values are reported with their position") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  const auto write = [&](double bad, const char* attribute) {
    Writer file{source.path};
    file.write_reals("v", {2, 3}, {1, 2, 3, 4, bad, bad});
    file.write_reals("lon", {3}, {10, 20, 30});
    file.write_reals("lat", {2}, {-5, 5});
    if (attribute != nullptr) file.write_attribute("v", attribute, bad);
  };
  write(std::nan(""), nullptr);
  check_read_error(source, 2, ExitCode::bad_data,
                   "contains NaN at lon = 20 (index 1), lat = 5 (index 1), and 1 more");
  write(std::numeric_limits<double>::infinity(), nullptr);
  check_read_error(source, 2, ExitCode::bad_data, "contains an infinite value at lon = 20");
  write(-32768, "_FillValue");
  check_read_error(source, 2, ExitCode::bad_data,
                   "contains a missing value (_FillValue = -32768) at lon = 20");
  write(1e20, "missing_value");
  check_read_error(source, 2, ExitCode::bad_data,
                   "contains a missing value (missing_value = 1e+20) at lon = 20");
}

TEST_CASE("invalid files and data sets are rejected with a reason") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.write_reals("v", {2, 3}, {1, 2, 3, 4, 5, 6});
    file.write_reals("x", {3}, {0, 1, 1});
    file.write_reals("y", {2}, {0, 1});
    file.write_reals("no_axes", {4}, {1, 2, 3, 4});
    file.write_reals("not_monotonic", {3}, {0, 2, 1});
    file.write_reals("with_nan", {3}, {0, std::nan(""), 2});
    file.write_reals("one_value", {1}, {7});
    file.write_reals("empty", {0}, {});
    const hid_t text = H5Tcopy(H5T_C_S1);
    file.write_dataset<char>("text", text, {3}, {'a', 'b', 'c'});
    H5Tclose(text);
    const hsize_t huge_shape[2] = {1ULL << 40, 1ULL << 40};
    const hsize_t chunk[2] = {16, 16};
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 2, chunk);
    const hid_t space = H5Screate_simple(2, huge_shape, nullptr);
    H5Dclose(H5Dcreate2(file.id(), "huge", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(plist);
  }
  const auto with = [&](const char* dataset, std::vector<std::string> axes = {}) {
    return GridSource{source.path, dataset, std::move(axes)};
  };
  check_read_error({folder.file("none.h5"), "v", {}}, 2, ExitCode::no_input, "No such file");
  check_read_error({folder.path(), "v", {}}, 2, ExitCode::no_input, "is a directory");
  check_read_error({folder.write("text.h5", "hello"), "v", {}}, 2, ExitCode::bad_data,
                   "line 1: unknown key `hello`");
  check_read_error({folder.write("bytes.h5", "\1\2\3"), "v", {}}, 2, ExitCode::bad_data,
                   "neither an HDF5 nor");
  check_read_error({folder.write("empty.h5", ""), "v", {}}, 2, ExitCode::bad_data, "is empty");
  check_read_error({folder.write("old.nc", "CDF\1abcd"), "v", {}}, 2, ExitCode::bad_data,
                   "longer than the file");
  check_read_error(with("w"), 2, ExitCode::bad_data, "has no data set `w`");
  check_read_error(with("w"), 2, ExitCode::bad_data, "`v`[2][3]");
  check_read_error(with(""), 2, ExitCode::bad_data, "does not name the variable in");
  check_read_error(with("v"), 3, ExitCode::bad_data, "has 2 dimensions, but the domain has 3");
  check_read_error(with("text"), 1, ExitCode::bad_data, "contains text");
  check_read_error(with("empty"), 1, ExitCode::bad_data, "is empty");
  check_read_error(with("huge"), 2, ExitCode::bad_data, "has no coordinates along x");
  check_read_error(with("no_axes"), 1, ExitCode::bad_data, "lon, longitude or x");
  check_read_error(with("v"), 2, ExitCode::bad_data,
                   "`x` of data set `v` in `" + source.path + "` are not strictly monotonic");
  check_read_error(with("v", {"not_monotonic", "y"}), 2, ExitCode::bad_data, "value 2 is 1");
  check_read_error(with("v", {"with_nan", "y"}), 2, ExitCode::bad_data, "contain NaN at index 1");
  check_read_error(with("v", {"y", "x"}), 2, ExitCode::bad_data, "do not match");
  check_read_error(with("v", {"x"}), 2, ExitCode::bad_data,
                   "`axes` names 1 coordinates, but the domain has 2 dimensions");
  check_read_error(with("v", {"x", "w"}), 2, ExitCode::bad_data, "has no data set `w`");
  check_read_error(with("one_value", {"one_value"}), 1, ExitCode::bad_data, "only one value");
}

TEST_CASE("a truncated or corrupted file causes no crash") {
  const TemporaryFolder folder;
  const std::string whole = folder.file("whole.h5");
  {
    Writer file{whole};
    file.write_reals("v", {2, 3}, {1, 2, 3, 4, 5, 6});
    file.write_reals("x", {3}, {0, 1, 2});
    file.write_reals("y", {2}, {0, 1});
    file.attach_scales("v", {"y", "x"});
  }
  const std::string bytes = tessera::test::bytes_of(whole);
  const auto reads_or_throws = [&](const std::string& content) {
    const GridSource source{folder.write("cut.h5", content), "v", {}};
    try {
      return GridData::read(source, 2).dimensions() == 2;
    } catch (const Error& error) {
      return error.code() == ExitCode::bad_data || error.code() == ExitCode::os_error;
    }
  };
  for (std::size_t size = 0; size < bytes.size(); size += 41) REQUIRE(reads_or_throws(bytes.substr(0, size)));
  for (std::size_t i = 0; i < bytes.size(); i += 29) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x5a);
    REQUIRE(reads_or_throws(changed));
  }
}

TEST_CASE("a damaged GeoTIFF file is rejected, or the missing library is named") {
  const TemporaryFolder folder;
  for (const char* start : {"II*", "II+", "MM"}) {
    const std::string bytes = start + std::string{"\0*\0\0\0\0", 7}.substr(start[0] == 'M' ? 0 : 2);
    const Error error = read_error({folder.write("a.tif", bytes), "", {}}, 2);
    if (error.code() == ExitCode::unavailable) {
      CHECK_THAT(error.text(), Contains("GDAL is not installed") && Contains("gdal_translate -of netCDF"));
    } else {
      CHECK(error.code() == ExitCode::bad_data);
      CHECK_THAT(error.text(), Contains("cannot read") && Contains("truncated or damaged"));
    }
  }
}

TEST_CASE("an ESRI ASCII grid is read from north to south, at the centres of its cells") {
  const TemporaryFolder folder;
  const GridData grid = GridData::read({folder.write("a.asc", ascii + "1 2 3\n4 5 6\n"), "", {}}, 2);
  CHECK(std::vector<double>(grid.axis(0).begin(), grid.axis(0).end()) == std::vector<double>{11, 13, 15});
  CHECK(std::vector<double>(grid.axis(1).begin(), grid.axis(1).end()) == std::vector<double>{21, 23});
  CHECK(value_at(grid, {11, 21}) == 4);
  CHECK(value_at(grid, {15, 23}) == 3);
  CHECK(value_at(grid, {12, 22}) == 3);

  const GridData centred = GridData::read(
      {folder.write("B.ASC",
                    "NROWS 2 NCOLS 2\r\nXLLCENTER -1 YLLCENTER 5\r\nCELLSIZE 0.5\r\n1e1 +2\r\n-3 .5"),
       "",
       {}},
      2);
  CHECK(centred.axis(0)[0] == -1);
  CHECK(centred.axis(1)[1] == 5.5);
  CHECK(std::ranges::min(centred.values()) == -3);
  CHECK(value_at(centred, {-1, 5.5}) == 10);
}

TEST_CASE("an invalid ESRI ASCII grid is rejected with a reason") {
  const TemporaryFolder folder;
  const auto check_rejected = [&](const std::string& text, const std::string& phrase, int dimensions = 2) {
    check_read_error({folder.write("a.asc", text), "", {}}, dimensions, ExitCode::bad_data, phrase);
  };
  check_read_error({folder.file("none.asc"), "", {}}, 2, ExitCode::no_input, "No such file");
  std::filesystem::create_directory(folder.file("folder.asc"));
  check_read_error({folder.file("folder.asc"), "", {}}, 2, ExitCode::no_input, "is a directory");
  check_rejected("", "is empty");
  check_rejected("nrows 2", "has no `ncols`");
  check_rejected(ascii + "1 2 3 4 5 6", "has 2 dimensions, but the domain has 3", 3);
  check_rejected(ascii + "1 2 3 4 5", "ends after 5 of 6 values");
  check_rejected(ascii + "1 2 3 4 5 6\n7", "line 8: more than 3 × 2 values");
  check_rejected(ascii + "1 2 3\n4 5,0 6", "line 8: `5,0` has a decimal comma");
  check_rejected(ascii + "1 2 3\n4 -9999 6",
                 "contains a missing value (NODATA_value = -9999) at x = 13 (index 1), y = 21 (index 1)");
  check_rejected(ascii + "nan 2 3\n4 5 6", "contains NaN");
  check_rejected("ncols 3\nrows 2\n", "line 2: unknown key `rows`");
  check_rejected("ncols three\n", "line 1: ncols expects a number, not `three`");
  check_rejected("ncols 2.5 nrows 2 xllcorner 0 yllcorner 0 cellsize 1 1 2 3 4",
                 "ncols = 2.5 is not a valid number of cells");
  check_rejected("ncols -1 nrows 2 xllcorner 0 yllcorner 0 cellsize 1",
                 "ncols = -1 is not a valid number of cells");
  check_rejected("ncols 1e9 nrows 1e9 xllcorner 0 yllcorner 0 cellsize 1 1 2", "too short");
  check_rejected("ncols 2 nrows 2 xllcorner 0 yllcorner 0 cellsize 0 1 2 3 4",
                 "the cell size 0 is not positive");
  check_rejected("ncols 2 nrows 2 xllcorner 0 cellsize 1 1 2 3 4", "has no `yllcorner`");
  check_rejected("ncols 1 nrows 2 xllcorner 0 yllcorner 0 cellsize 1 1 2", "only one value along `x`");
  check_rejected("ncols 2 nrows 2 xllcorner nan yllcorner 0 cellsize 1 1 2 3 4", "are not finite");
}
