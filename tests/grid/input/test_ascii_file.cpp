#include "base/error.h"
#include "grid/input/grid_data.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

using Catch::Contains;
using tessera::base::Error;
using tessera::input::GapFill;
using tessera::input::GridData;
using tessera::input::GridSource;
using tessera::input::Region;
using tessera::test::TemporaryFolder;

namespace {

/// Reads a file with the contents `text`.
GridData read(const std::string& text, const std::optional<GapFill>& fill = {}) {
  const TemporaryFolder folder;
  GridSource source{folder.write("a.txt", text), ""};
  source.fill = fill;
  return GridData::read(source, 2);
}

std::vector<double> axis(const GridData& grid, int a) { return {grid.axis(a).begin(), grid.axis(a).end()}; }
std::vector<double> values(const GridData& grid) { return {grid.values().begin(), grid.values().end()}; }

std::string error_of(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.text();
  }
  return "";
}

const std::string header = "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 1\n";

}  // namespace

TEST_CASE("cells may have two sizes, and corners are half a cell from the centres") {
  const GridData grid = read("NCOLS 3\nNROWS 2\nXLLCORNER 10\nYLLCENTER 20\nDX 2\nDY 0.5\n1 2 3\n4 5 6\n");
  CHECK(axis(grid, 0) == std::vector<double>{11, 13, 15});
  CHECK(axis(grid, 1) == std::vector<double>{20, 20.5});
  CHECK(values(grid) == std::vector<double>{4, 5, 6, 1, 2, 3});
}

TEST_CASE("a byte order mark and carriage returns are ignored") {
  CHECK(values(read("\xef\xbb\xbf"
                    "ncols 2\r\nnrows 2\r\nxllcorner 0\r\nyllcorner 0\r\ncellsize 1\r\n1 2\r\n3 4\r\n")) ==
        std::vector<double>{3, 4, 1, 2});
}

TEST_CASE("GeoClaw's topography files of types 1 to 3 are read") {
  const std::vector<double> expected{4, 5, 6, 1, 2, 3};
  for (const std::string text :
       {"0 1 1\n1 1 2\n2 1 3\n0 0 4\n1 0 5\n2 0 6\n",
        "3 mx\n2 my\n0 xlower\n0 ylower\n1 dx\n1 dy\n-99 nodata_value\n1\n2\n3\n4\n5\n6\n",
        "3 ncols\n2 nrows\n-0.5 xllcorner\n-0.5 yllcorner\n1 1 cellsize\n1 2 3\n4 5 6\n",
        "3 ncols\n2 nrows\n0 xll\n0 yll\n1 cellsize = dx\n1 2 3\n4 5 6\n"}) {
    CAPTURE(text);
    const GridData grid = read(text);
    CHECK(axis(grid, 0) == std::vector<double>{0, 1, 2});
    CHECK(axis(grid, 1) == std::vector<double>{0, 1});
    CHECK(values(grid) == expected);
  }
}

TEST_CASE("-9999 denotes missing data unless the file names another number, which may be rounded") {
  CHECK_THAT(error_of(header + "1 2\n3 -9999\n"),
             Contains("contains a missing value (NODATA_value = -9999)"));
  CHECK(error_of(header + "NODATA_value -1\n1 2\n3 -9999\n").empty());
  CHECK_THAT(error_of(header + "NODATA_value -3.402823e+38\n1 2\n3 -3.4028234663852886e+38\n"),
             Contains("contains a missing value"));
  CHECK_THAT(error_of(header + "NODATA_value -999.9000244140625\n1 2\n3 -999.9\n"),
             Contains("contains a missing value"));
  CHECK(error_of(header + "NODATA_value -9999\n1 2\n3 -9998\n").empty());
  CHECK_THAT(error_of("0 1 1\n1 1 -9999\n0 0 3\n1 0 4\n"), Contains("contains a missing value"));
}

TEST_CASE("a decimal comma is named, with the command that replaces it") {
  CHECK_THAT(error_of(header + "1,5 2\n3 4\n"),
             Contains("line 6: `1,5` has a decimal comma") && Contains("sed"));
  CHECK_THAT(error_of("ncols 2\nnrows 2\nxllcorner 0,5\n"), Contains("line 3: `0,5` has a decimal comma"));
}

TEST_CASE("points that do not form a grid are rejected") {
  CHECK_THAT(error_of("0 1 1\n1 1 2\n0 0 3\n"), Contains("ends in the middle of a row"));
  CHECK_THAT(error_of("0 1 1\n1 1 2\n0.5 0 3\n1 0 4\n"),
             Contains("line 3: the point (0.5, 0) is not in the order"));
  CHECK_THAT(error_of("0 1 1 7\n"), Contains("line 1: more than three numbers"));
  CHECK_THAT(error_of(header + "ncols 3\n1 2\n3 4\n"), Contains("line 6: ncols is given twice"));
}

TEST_CASE("only the rows and columns around the region are kept") {
  const TemporaryFolder folder;
  std::string text = "ncols 10\nnrows 10\nxllcenter 0\nyllcenter 0\ncellsize 1\n";
  for (int i = 0; i < 100; ++i) text += i == 0 ? "-9999 " : std::to_string(i) + " ";
  const GridData grid =
      GridData::read({folder.write("a.asc", text), ""}, 2, Region{{4.2, 3.5, 0}, {4.8, 3.6, 0}});
  CHECK(axis(grid, 0) == std::vector<double>{3, 4, 5, 6});
  CHECK(axis(grid, 1) == std::vector<double>{2, 3, 4, 5});
  CHECK(values(grid) == std::vector<double>{73, 74, 75, 76, 63, 64, 65, 66, 53, 54, 55, 56, 43, 44, 45, 46});
}

TEST_CASE("gaps are filled with a number or with the nearest value") {
  const std::string text = header + "1 -9999\n3 4\n";
  CHECK(values(read(text, GapFill{false, 7.5})) == std::vector<double>{3, 4, 1, 7.5});
  const GridData nearest = read(text, GapFill{true, 0.0});
  CHECK(values(nearest) == std::vector<double>{3, 4, 1, 4});
  CHECK(nearest.filled() == 1);
  CHECK_THROWS_WITH(read(header + "-9999 -9999 -9999 -9999", GapFill{true, 0.0}),
                    Contains("all of them are missing"));
}

TEST_CASE("partial data may have gaps and end within the region") {
  const TemporaryFolder folder;
  GridSource source{folder.write("a.asc", header + "1 -9999\n3 4\n"), ""};
  source.partial = true;
  const GridData grid = GridData::read(source, 2, Region{{-10, -10, 0}, {10, 10, 0}});
  CHECK(grid.value(std::array{0.5, 0.5}) == 3.0);
  CHECK(grid.value(std::array{1.5, 0.5}) == 4.0);
  CHECK(grid.value(std::array{0.5, 1.5}) == 1.0);
  CHECK(grid.value(std::array{1.5, 1.5}) == std::nullopt);
  CHECK(grid.value(std::array{1.0, 1.0}) == std::nullopt);
  CHECK(grid.value(std::array{0.4, 0.5}) == std::nullopt);
  CHECK(GridData::read(source, 2, Region{{50, 50, 0}, {60, 60, 0}}).dimensions() == 2);
}

TEST_CASE("filled gaps do not depend on the part of the domain that is read") {
  const TemporaryFolder folder;
  std::string text = "ncols 9\nnrows 2\nxllcenter 0\nyllcenter 0\ncellsize 1\n";
  for (int row = 0; row < 2; ++row) text += "1 -9999 -9999 -9999 -9999 -9999 -9999 -9999 9\n";
  GridSource source{folder.write("a.asc", text), ""};
  source.fill = GapFill{true, 0.0};
  source.domain = Region{{0, 0, 0}, {8, 1, 0}};
  const GridData whole = GridData::read(source, 2, source.domain);
  CHECK(whole.filled() == 14);
  const Region part{{2, 0, 0}, {3, 1, 0}};
  const GridData read = GridData::read(source, 2, part);
  CHECK(axis(read, 0) == std::vector<double>{1, 2, 3, 4, 5});
  CHECK(values(read) == values(whole.crop(std::array{2.0, 0.0}, std::array{3.0, 1.0})));
  CHECK(read.filled() == 10);
}
