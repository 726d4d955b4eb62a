#include "base/error.h"
#include "grid/input/axis_nodes.h"
#include "grid/input/grid_data.h"
#include "grid/input/stored_grid.h"
#include "support/hdf5_writer.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace tessera;
using input::GridSource;
using input::NodeBox;
using input::Region;
using input::StoredGrid;
using test::Hdf5Writer;

namespace {

constexpr int columns = 36;  // longitudes 0, 10, ... 350
constexpr int rows = 9;      // latitudes 40, 30, ... -40

/// The value at a point of the Earth.
double value_at(double longitude, double latitude) {
  return 1000.0 * latitude + (longitude < 0.0 ? longitude + 360.0 : longitude);
}

/// Creates a data set of doubles, in chunks of the given shape with deflate and shuffle unless it is empty.
void write(const Hdf5Writer& file, const char* name, const std::vector<hsize_t>& shape,
           const std::vector<hsize_t>& chunk, const std::vector<double>& values) {
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  if (!chunk.empty()) {
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 1);
  }
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t dataset =
      H5Dcreate2(file.id(), name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  REQUIRE(dataset >= 0);
  REQUIRE(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  H5Dclose(dataset);
  H5Sclose(space);
  H5Pclose(creation);
}

/// Writes "north" [lat][lon], "west" [lon][lat] and "later" [time][lat][lon], whose second time is twice the
/// first one.
void write_file(const std::string& path, const std::vector<hsize_t>& chunk) {
  Hdf5Writer file{path};
  std::vector<double> lon;
  std::vector<double> lat;
  for (int i = 0; i < columns; ++i) lon.push_back(10.0 * i);
  for (int j = 0; j < rows; ++j) lat.push_back(40.0 - 10.0 * j);
  std::vector<double> north;
  std::vector<double> west;
  for (const double y : lat)
    for (const double x : lon) north.push_back(value_at(x, y));
  for (const double x : lon)
    for (const double y : lat) west.push_back(value_at(x, y));
  std::vector<double> later = north;
  for (const double v : north) later.push_back(2.0 * v);
  std::vector<hsize_t> with_time{1};
  with_time.insert(with_time.end(), chunk.begin(), chunk.end());
  write(file, "north", {rows, columns}, chunk, north);
  write(file, "west", {columns, rows}, chunk, west);
  write(file, "later", {2, rows, columns}, chunk.empty() ? chunk : with_time, later);
  file.write_reals("lon", {columns}, lon);
  file.write_reals("lat", {rows}, lat);
  file.write_reals("time", {2}, {0, 10});
  file.attach_scales("west", {"lon", "lat"});
  file.write_text_attribute("time", "units", "hours since 2000-01-01");
}

/// Checks all values of a grid that is read box by box.
void check_blocks(const StoredGrid& grid, const std::vector<NodeBox>& boxes, double factor) {
  std::size_t count = 0;
  for (const NodeBox& box : boxes) {
    const StoredGrid::Block block = grid.read(box);
    REQUIRE(block.values.size() == box.size());
    CHECK(block.gap.empty());
    for (std::size_t p = 0; p < box.size(); ++p) {
      const std::size_t node = input::node_at(box, p, grid.extents());
      const double x = grid.axes()[0][node % grid.extents()[0]];
      const double y = grid.axes()[1][node / grid.extents()[0]];
      REQUIRE(block.values[p] == factor * value_at(x, y));
    }
    count += box.size();
  }
  CHECK(count == grid.size());
}

}  // namespace

TEST_CASE("a grid has the same values whatever the boxes in which it is read") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  for (const std::vector<hsize_t>& chunk : {std::vector<hsize_t>{}, {4, 5}, {1, 1}}) {
    write_file(path, chunk);
    for (const char* name : {"north", "west", "later"}) {
      GridSource source{path, name};
      source.longitudes = true;
      double factor = 1.0;
      if (source.dataset == "later") {
        source.at = "2000-01-01T05:00";
        source.between = input::Between::linear;
        factor = 1.5;
      }
      // Within the file, across its edge, and around the Earth.
      for (const auto& [west, east] : {std::pair{42.0, 233.0}, {-55.0, 55.0}, {-175.0, 175.0}}) {
        const Region region{{west, -25, 0}, {east, 25, 0}};
        source.domain = region;
        const StoredGrid grid{source, 2, region};
        CAPTURE(name, west, east);
        CHECK(grid.axes()[0].front() < west);
        CHECK(grid.axes()[0].back() > east);
        CHECK(grid.axes()[1] == std::vector<double>{-40, -30, -20, -10, 0, 10, 20, 30, 40});
        for (const std::size_t max_nodes : {1, 7, 60, 10000})
          check_blocks(grid, grid.blocks(max_nodes), factor);
        check_blocks(grid, {{{}, grid.extents()}}, factor);
      }
    }
  }
}

TEST_CASE("blocks consist of whole chunks of the file") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_file(path, {4, 5});
  const StoredGrid grid{{path, "north"}, 2, std::nullopt};
  for (const NodeBox& box : grid.blocks(20)) {
    // Rows ascend from south to north, and those of the file descend.
    CHECK(box.first[0] % 5 == 0);
    CHECK((rows - box.first[1] - box.count[1]) % 4 == 0);
  }
  CHECK(grid.blocks(20).size() == 8 * 3);
  CHECK(grid.blocks(36 * 4).size() == 3);
}

TEST_CASE("the position of a node is that in the file") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h5");
  write_file(path, {});
  GridSource source{path, "north"};
  source.longitudes = true;
  const Region region{{-55, -25, 0}, {55, 25, 0}};
  const StoredGrid grid{source, 2, region};
  CHECK(grid.position_of(0) == "lon = -70 (index 29), lat = -40 (index 8)");
}
