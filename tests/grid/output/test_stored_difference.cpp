#include "grid/output/stored_snapshot.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

using namespace tessera::output;

namespace {

StoredField field(const std::string& name, std::vector<double> values) {
  StoredField f;
  f.name = name;
  f.shape = {static_cast<std::int64_t>(values.size())};
  f.values = std::move(values);
  return f;
}

}  // namespace

TEST_CASE("values with identical bits compare equal") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const StoredField f = field("f", {1.0, -0.0, nan});
  CHECK(compare(f, f, 0.0).count == 0);
}

TEST_CASE("with a tolerance of zero, values with different bits differ") {
  const StoredDifference d =
      compare(field("f", {1.0, 0.0, 2.0, 4.0}), field("f", {1.0, -0.0, 2.5, 3.0}), 0.0);
  CHECK(d.count == 3);
  CHECK(d.first == 1);
  CHECK(d.largest == 1.0);
}

TEST_CASE("a difference equal to the tolerance is within the tolerance") {
  const StoredDifference d = compare(field("f", {1.0, 2.0, 3.0}), field("f", {1.5, 2.75, 3.0}), 0.5);
  CHECK(d.count == 1);
  CHECK(d.first == 1);
  CHECK(d.largest == 0.75);
}

TEST_CASE("NaN differs from a number, whatever the tolerance") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const StoredDifference d = compare(field("f", {nan, 1.0}), field("f", {1.0, 3.0}), 10.0);
  CHECK(d.count == 1);
  CHECK(d.first == 0);
  CHECK(std::isnan(d.largest));
  CHECK(std::isnan(compare(field("f", {1.0, nan, 1.0}), field("f", {2.0, 1.0, 5.0}), 0.0).largest));
}

TEST_CASE("the newest snapshot has the highest step, regardless of the number of digits") {
  const tessera::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("fields"));
  for (const char* name :
       {"fields_00000002.h5", "fields_99999999.h5", "fields_100000000.h5", "fields.xdmf"}) {
    std::ofstream{folder.file(std::string{"fields/"} + name)};
  }
  CHECK(StoredSnapshot::find_newest(folder.path()) == folder.file("fields/fields_100000000.h5"));
}

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
  StoredSnapshot first;
  first.fields = {field("a", {1.0, 2.0}), field("b", {1.0}), field("c", {1.0}), field("d", {1.0}),
                  field("e", {5.0})};
  StoredSnapshot second;
  second.fields = {field("a", {1.0, 3.0}), field("b", {1.0, 1.0}), field("d", {1.0}), field("e", {5.0}),
                   field("f", {1.0})};
  second.fields[2].single_precision = true;
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
