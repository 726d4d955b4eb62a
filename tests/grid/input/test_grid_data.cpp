#include "base/contract.h"
#include "base/error.h"
#include "grid/input/grid_data.h"
#include "hdf5_writer.h"
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

double at(const GridData& grid, std::vector<double> point) { return grid.at(point); }

/// The error that GridData::read() throws.
Error failure(const GridSource& source, int dimensions) {
  try {
    GridData::read(source, dimensions);
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return Error{ExitCode::done, ""};
}

void check_failure(const GridSource& source, int dimensions, ExitCode code, const std::string& part) {
  const Error error = failure(source, dimensions);
  CHECK(error.code() == code);
  CHECK_THAT(error.text(), Contains(part));
}

const std::string ascii = "ncols 3\nnrows 2\nxllcorner 10\nyllcorner 20\ncellsize 2\nNODATA_value -9999\n";

}  // namespace

TEST_CASE("a 2-D data set of integers is read with its coordinates") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "elevation", {}};
  {
    Writer file{source.path};
    file.dataset<std::int16_t>("elevation", H5T_NATIVE_INT16, {2, 3}, {0, 8, -4, 16, 24, 2});
    file.real("lon", {3}, {40, 42, 44});
    file.dataset<float>("lat", H5T_NATIVE_FLOAT, {2}, {-1, 1});
  }
  const GridData grid = GridData::read(source, 2);
  CHECK(grid.dimensions() == 2);
  CHECK(std::vector<double>(grid.axis(0).begin(), grid.axis(0).end()) == std::vector<double>{40, 42, 44});
  CHECK(std::vector<double>(grid.axis(1).begin(), grid.axis(1).end()) == std::vector<double>{-1, 1});
  CHECK(std::ranges::min(grid.values()) == -4);
  CHECK(std::ranges::max(grid.values()) == 24);
  CHECK(at(grid, {40, -1}) == 0);
  CHECK(at(grid, {44, 1}) == 2);
  CHECK(at(grid, {41, -1}) == 4);
  CHECK(at(grid, {42, 0}) == 16);
  CHECK(at(grid, {41, 0.5}) == 16);
}

TEST_CASE("points up to one cell beyond the nodes take the edge's value, others are refused") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.real("v", {3}, {1, 2, 5});
    file.real("x", {3}, {0, 0.1, 0.3});
  }
  const GridData grid = GridData::read(source, 1);
  CHECK(at(grid, {-0.1}) == 1);
  CHECK(at(grid, {0.5}) == 5);
  CHECK(at(grid, {0.1}) == 2);
  CHECK_THROWS_AS(at(grid, {-0.11}), ContractViolation);
  CHECK_THROWS_AS(at(grid, {0.51}), ContractViolation);
  CHECK_THROWS_AS(at(grid, {std::nan("")}), ContractViolation);
  const auto covers = [&](double low, double high) { return grid.covers(std::array{low}, std::array{high}); };
  CHECK(covers(-0.1, 0.5));
  CHECK_FALSE(covers(-0.11, 0.5));
  CHECK_FALSE(covers(0.0, 0.51));
  CHECK_FALSE(covers(std::nan(""), 0.5));
}

TEST_CASE("constant data stays constant to the bit") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.real("v", {2, 2}, {0.1, 0.1, 0.1, 0.1});
    file.real("x", {2}, {0, 1});
    file.real("y", {2}, {0, 3});
  }
  const GridData grid = GridData::read(source, 2);
  for (int i = 0; i <= 100; ++i) REQUIRE(at(grid, {0.01 * i, 0.029 * i}) == 0.1);
}

TEST_CASE("descending axes are turned round in every dimension") {
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
    file.real("v", {3, 2, 4}, values);
    file.real("x", {4}, {9, 8, 6, 1});
    file.real("y", {2}, {3, 2});
    file.real("z", {3}, {5, 1, 0});
  }
  const GridData grid = GridData::read(source, 3);
  CHECK(grid.axis(0)[0] == 1);
  CHECK(grid.axis(2)[2] == 5);
  for (const double z : {0.0, 0.5, 1.0, 3.0, 5.0}) {
    for (const double y : {2.0, 2.5, 3.0}) {
      for (const double x : {1.0, 3.5, 6.0, 8.5, 9.0}) CHECK(at(grid, {x, y, z}) == 100 * z + 10 * y + x);
    }
  }
}

TEST_CASE("coordinates are found by name, by netCDF's scales or as the job says") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "/ocean/v", {}};
  {
    Writer file{source.path};
    file.group("ocean");
    file.real("ocean/v", {2, 2}, {1, 2, 3, 4});
    file.real("Longitude", {2}, {90, 91});  // in another group: not used
    file.real("ocean/Longitude", {2}, {7, 8});
    file.real("ocean/nav_lat", {2}, {5, 6});
    file.real("east", {2}, {70, 80});
    file.real("north", {2}, {60, 50});
  }
  SECTION("by name, whatever its case") {
    const GridData grid = GridData::read(source, 2);
    CHECK(grid.axis(0)[1] == 8);
    CHECK(grid.axis(1)[1] == 6);
  }
  SECTION("named") {
    const GridData grid = GridData::read({source.path, source.dataset, {"east", "/north"}}, 2);
    CHECK(at(grid, {80, 50}) == 4);
    CHECK(at(grid, {80, 60}) == 2);
  }
  SECTION("scales go before names") {
    const std::string path = folder.file("b.nc");
    {
      Writer other{path};
      other.real("v", {2, 3}, {1, 2, 3, 4, 5, 6});
      other.real("lon", {3}, {1, 2, 3});
      other.real("columns", {3}, {10, 20, 30});
      other.real("rows", {2}, {40, 50});
      other.scales("v", {"rows", "columns"});
    }
    const GridData grid = GridData::read({path, "v", {}}, 2);
    CHECK(at(grid, {30, 50}) == 6);
  }
}

TEST_CASE("packed values are unpacked") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.dataset<std::int16_t>("v", H5T_NATIVE_INT16, {2}, {4, 8});
    file.real("x", {2}, {0, 1});
    file.attribute("v", "scale_factor", 0.5);
    file.attribute("v", "add_offset", 100);
  }
  const GridData grid = GridData::read(source, 1);
  CHECK(std::ranges::min(grid.values()) == 102);
  CHECK(std::ranges::max(grid.values()) == 104);
}

TEST_CASE("missing and infinite values are named with their place") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  const auto write = [&](double bad, const char* attribute) {
    Writer file{source.path};
    file.real("v", {2, 3}, {1, 2, 3, 4, bad, bad});
    file.real("lon", {3}, {10, 20, 30});
    file.real("lat", {2}, {-5, 5});
    if (attribute != nullptr) file.attribute("v", attribute, bad);
  };
  write(std::nan(""), nullptr);
  check_failure(source, 2, ExitCode::bad_data,
                "holds NaN at lon = 20 (number 1), lat = 5 (number 1), and 1 more");
  write(std::numeric_limits<double>::infinity(), nullptr);
  check_failure(source, 2, ExitCode::bad_data, "holds an infinite value at lon = 20");
  write(-32768, "_FillValue");
  check_failure(source, 2, ExitCode::bad_data, "holds a missing value (-32768) at lon = 20");
  write(1e20, "missing_value");
  check_failure(source, 2, ExitCode::bad_data, "holds a missing value (1e+20) at lon = 20");
}

TEST_CASE("wrong files and data sets are refused with a reason") {
  const TemporaryFolder folder;
  const GridSource source{folder.file("a.h5"), "v", {}};
  {
    Writer file{source.path};
    file.real("v", {2, 3}, {1, 2, 3, 4, 5, 6});
    file.real("x", {3}, {0, 1, 1});
    file.real("y", {2}, {0, 1});
    file.real("lone", {4}, {1, 2, 3, 4});
    file.real("turning", {3}, {0, 2, 1});
    file.real("nowhere", {3}, {0, std::nan(""), 2});
    file.real("thin", {1}, {7});
    file.real("empty", {0}, {});
    const hid_t text = H5Tcopy(H5T_C_S1);
    file.dataset<char>("text", text, {3}, {'a', 'b', 'c'});
    H5Tclose(text);
    const hsize_t vast[2] = {1ULL << 40, 1ULL << 40};
    const hsize_t chunk[2] = {16, 16};
    const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plist, 2, chunk);
    const hid_t space = H5Screate_simple(2, vast, nullptr);
    H5Dclose(H5Dcreate2(file.id(), "vast", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, plist, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(plist);
  }
  const auto with = [&](const char* dataset, std::vector<std::string> axes = {}) {
    return GridSource{source.path, dataset, std::move(axes)};
  };
  check_failure({folder.file("none.h5"), "v", {}}, 2, ExitCode::no_input, "No such file");
  check_failure({folder.path(), "v", {}}, 2, ExitCode::no_input, "is a directory");
  check_failure({folder.write("text.h5", "hello"), "v", {}}, 2, ExitCode::bad_data, "neither an HDF5 nor");
  check_failure({folder.write("empty.h5", ""), "v", {}}, 2, ExitCode::bad_data, "neither an HDF5 nor");
  check_failure({folder.write("old.nc", "CDF\1abcd"), "v", {}}, 2, ExitCode::bad_data, "nccopy -k nc4");
  check_failure(with("w"), 2, ExitCode::bad_data, "has no data set `w`");
  check_failure(with("w"), 2, ExitCode::bad_data, "`v`[2][3]");
  check_failure(with(""), 2, ExitCode::bad_data, "is named");
  check_failure(with("v"), 3, ExitCode::bad_data, "has 2 dimensions, the domain has 3");
  check_failure(with("text"), 1, ExitCode::bad_data, "does not hold numbers");
  check_failure(with("empty"), 1, ExitCode::bad_data, "is empty");
  check_failure(with("vast"), 2, ExitCode::bad_data, "larger than 16 GiB");
  check_failure(with("lone"), 1, ExitCode::bad_data, "lon, longitude or x");
  check_failure(with("v"), 2, ExitCode::bad_data,
                "`x` of data set `v` of `" + source.path + "` are not strictly monotonic");
  check_failure(with("v", {"turning", "y"}), 2, ExitCode::bad_data, "number 2 is 1");
  check_failure(with("v", {"nowhere", "y"}), 2, ExitCode::bad_data, "number 1 is nan");
  check_failure(with("v", {"y", "x"}), 2, ExitCode::bad_data, "do not fit");
  check_failure(with("v", {"x"}), 2, ExitCode::bad_data, "1 coordinate data sets are named for the 2");
  check_failure(with("v", {"x", "w"}), 2, ExitCode::bad_data, "has no data set `w`");
  check_failure(with("thin", {"thin"}), 1, ExitCode::bad_data, "single value");
}

TEST_CASE("a file cut short anywhere, or with a changed byte, never crashes") {
  const TemporaryFolder folder;
  const std::string whole = folder.file("whole.h5");
  {
    Writer file{whole};
    file.real("v", {2, 3}, {1, 2, 3, 4, 5, 6});
    file.real("x", {3}, {0, 1, 2});
    file.real("y", {2}, {0, 1});
    file.scales("v", {"y", "x"});
  }
  const std::string bytes = tessera::test::bytes_of(whole);
  const auto survives = [&](const std::string& content) {
    const GridSource source{folder.write("cut.h5", content), "v", {}};
    try {
      return GridData::read(source, 2).dimensions() == 2;
    } catch (const Error& error) {
      return error.code() == ExitCode::bad_data || error.code() == ExitCode::os_error;
    }
  };
  for (std::size_t size = 0; size < bytes.size(); size += 41) REQUIRE(survives(bytes.substr(0, size)));
  for (std::size_t i = 0; i < bytes.size(); i += 29) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x5a);
    REQUIRE(survives(changed));
  }
}

TEST_CASE("an ESRI ASCII grid is read from north to south, at the centres of its cells") {
  const TemporaryFolder folder;
  const GridData grid = GridData::read({folder.write("a.asc", ascii + "1 2 3\n4 5 6\n"), "", {}}, 2);
  CHECK(std::vector<double>(grid.axis(0).begin(), grid.axis(0).end()) == std::vector<double>{11, 13, 15});
  CHECK(std::vector<double>(grid.axis(1).begin(), grid.axis(1).end()) == std::vector<double>{21, 23});
  CHECK(at(grid, {11, 21}) == 4);
  CHECK(at(grid, {15, 23}) == 3);
  CHECK(at(grid, {12, 22}) == 3);

  const GridData centred = GridData::read(
      {folder.write("B.ASC",
                    "NROWS 2 NCOLS 2\r\nXLLCENTER -1 YLLCENTER 5\r\nCELLSIZE 0.5\r\n1e1 +2\r\n-3 .5"),
       "",
       {}},
      2);
  CHECK(centred.axis(0)[0] == -1);
  CHECK(centred.axis(1)[1] == 5.5);
  CHECK(std::ranges::min(centred.values()) == -3);
  CHECK(at(centred, {-1, 5.5}) == 10);
}

TEST_CASE("a wrong ESRI ASCII grid is refused with its line") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& text, const std::string& part, int dimensions = 2) {
    check_failure({folder.write("a.asc", text), "", {}}, dimensions, ExitCode::bad_data, part);
  };
  check_failure({folder.file("none.asc"), "", {}}, 2, ExitCode::no_input, "No such file");
  std::filesystem::create_directory(folder.file("folder.asc"));
  check_failure({folder.file("folder.asc"), "", {}}, 2, ExitCode::no_input, "not a regular file");
  refused("", "has no `ncols`");
  refused(ascii + "1 2 3 4 5 6", "has 2 dimensions, the domain has 3", 3);
  refused(ascii + "1 2 3 4 5", "ends after 5 of 6 values");
  refused(ascii + "1 2 3 4 5 6\n7", "line 8: more than 3 × 2 values");
  refused(ascii + "1 2 3\n4 5,0 6", "line 8: `5,0` is not a number");
  refused(ascii + "1 2 3\n4 -9999 6",
          "holds a missing value (-9999) at x = 13 (number 1), y = 21 (number 1)");
  refused(ascii + "nan 2 3\n4 5 6", "holds NaN");
  refused("ncols 3\nrows 2\n", "line 2: unknown key `rows`");
  refused("ncols three\n", "line 1: ncols expects a number, not `three`");
  refused("ncols 2.5 nrows 2 xllcorner 0 yllcorner 0 cellsize 1 1 2 3 4",
          "ncols = 2.5 is not a valid number of cells");
  refused("ncols -1 nrows 2 xllcorner 0 yllcorner 0 cellsize 1", "ncols = -1 is not a valid number of cells");
  refused("ncols 1e9 nrows 1e9 xllcorner 0 yllcorner 0 cellsize 1 1 2", "too short");
  refused("ncols 2 nrows 2 xllcorner 0 yllcorner 0 cellsize 0 1 2 3 4", "cellsize = 0 is not positive");
  refused("ncols 2 nrows 2 xllcorner 0 cellsize 1 1 2 3 4", "has no `yllcorner`");
  refused("ncols 1 nrows 2 xllcorner 0 yllcorner 0 cellsize 1 1 2", "single value along `x`");
  refused("ncols 2 nrows 2 xllcorner nan yllcorner 0 cellsize 1 1 2 3 4", "are not strictly monotonic");
}
