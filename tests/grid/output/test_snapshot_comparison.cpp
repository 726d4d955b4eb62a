#include "grid/output/snapshot_comparison.h"
#include "snapshot_file.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace tessera;
using namespace tessera::output;

TEST_CASE("cell_text() gives the indices of a cell in the order x, y, z") {
  StoredField f;
  f.shape = {2, 3, 4};  // [z][y][x]
  CHECK(cell_text(f, 0) == "(0, 0, 0)");
  CHECK(cell_text(f, 1) == "(1, 0, 0)");
  CHECK(cell_text(f, 4) == "(0, 1, 0)");
  CHECK(cell_text(f, 23) == "(3, 2, 1)");
  f.shape = {3, 4, 2};  // [y][x][component]
  f.components = 2;
  CHECK(cell_text(f, 23) == "(3, 2)");
  CHECK(cell_text(f, 3) == "(1, 0)");
}

TEST_CASE("all fields of two snapshots are compared") {
  using Kind = FieldComparison::Kind;
  const test::TemporaryFolder folder;
  test::write_snapshot(
      folder.file("first.h5"),
      {{"a", {2}, {1, 2}}, {"b", {1}, {1}}, {"c", {1}, {1}}, {"d", {1}, {1}}, {"e", {1}, {5}}});
  test::write_snapshot(folder.file("second.h5"), {{"a", {2}, {1, 3}},
                                                  {"b", {2}, {1, 1}},
                                                  {"d", {1}, {1}, H5T_IEEE_F32LE},
                                                  {"e", {1}, {5}},
                                                  {"f", {1}, {1}}});
  const StoredSnapshot first = StoredSnapshot::read(folder.file("first.h5"));
  const StoredSnapshot second = StoredSnapshot::read(folder.file("second.h5"));
  const auto all = compare(first, second, 0.0);
  REQUIRE(all.size() == 6);
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f"};
  const std::vector<Kind> kinds{Kind::compared,     Kind::incomparable, Kind::only_in_first,
                                Kind::incomparable, Kind::compared,     Kind::only_in_second};
  for (std::size_t n = 0; n < all.size(); ++n) {
    CHECK(all[n].name == names[n]);
    CHECK(all[n].kind == kinds[n]);
    CHECK(all[n].is_same() == (names[n] == "e"));
  }
  CHECK(all[0].compared_values == 2);
  CHECK(all[0].difference.count == 1);
  CHECK(all[0].first_cell == "(1)");
  CHECK(all[4].first_cell.empty());
}

TEST_CASE("fields that are larger than a piece are compared completely, however they are stored") {
  const test::TemporaryFolder folder;
  const hsize_t rows = 3;
  const hsize_t columns = 1700000;  // more values than are in memory at once
  REQUIRE(rows * columns > max_values_in_memory);
  std::vector<double> values(rows * columns);
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = static_cast<double>(n % 1000);
  test::write_snapshot(folder.file("first.h5"), {{"u", {rows, columns}, values, H5T_IEEE_F32LE}}, 2);
  values[1] += 2.0;
  values[columns + 7] += 0.5;
  values.back() += 3.0;
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk[] = {2, 600000};
  H5Pset_chunk(creation, 2, chunk);
  H5Pset_shuffle(creation);
  H5Pset_deflate(creation, 1);
  test::write_snapshot(folder.file("second.h5"), {{"u", {rows, columns}, values, H5T_IEEE_F32LE, creation}},
                       2);
  H5Pclose(creation);
  const StoredSnapshot first = StoredSnapshot::read(folder.file("first.h5"));
  const StoredSnapshot second = StoredSnapshot::read(folder.file("second.h5"));
  for (const bool swapped : {false, true}) {
    const auto all = compare(swapped ? second : first, swapped ? first : second, 0.0);
    REQUIRE(all.size() == 1);
    CHECK(all[0].compared_values == rows * columns);
    CHECK(all[0].difference.count == 3);
    CHECK(all[0].difference.largest == 3.0);
    CHECK(all[0].first_cell == "(1, 0)");
  }
  const StoredSnapshot same = StoredSnapshot::read(folder.file("first.h5"));
  CHECK(compare(first, same, 0.0)[0].is_same());
  CHECK(first.fields[0].digest == same.fields[0].digest);
  CHECK(first.fields[0].digest != second.fields[0].digest);
}
