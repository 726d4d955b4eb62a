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

TEST_CASE("values with the same bits do not differ") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const StoredField f = field("f", {1.0, -0.0, nan});
  CHECK(compare(f, f, 0.0).values == 0);
}

TEST_CASE("without a tolerance every other bit counts") {
  const StoredDifference d =
      compare(field("f", {1.0, 0.0, 2.0, 4.0}), field("f", {1.0, -0.0, 2.5, 3.0}), 0.0);
  CHECK(d.values == 3);
  CHECK(d.first == 1);
  CHECK(d.largest == 1.0);
}

TEST_CASE("a tolerance includes its bound") {
  const StoredDifference d = compare(field("f", {1.0, 2.0, 3.0}), field("f", {1.5, 2.75, 3.0}), 0.5);
  CHECK(d.values == 1);
  CHECK(d.first == 1);
  CHECK(d.largest == 0.75);
}

TEST_CASE("a value that is not a number differs, whatever the tolerance") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const StoredDifference d = compare(field("f", {nan, 1.0}), field("f", {1.0, 3.0}), 10.0);
  CHECK(d.values == 1);
  CHECK(d.first == 0);
  CHECK(std::isnan(d.largest));
  CHECK(std::isnan(compare(field("f", {1.0, nan, 1.0}), field("f", {2.0, 1.0, 5.0}), 0.0).largest));
}

TEST_CASE("the newest snapshot is that of the highest step, however many digits it has") {
  const tessera::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("fields"));
  for (const char* name :
       {"fields_00000002.h5", "fields_99999999.h5", "fields_100000000.h5", "fields.xdmf"}) {
    std::ofstream{folder.file(std::string{"fields/"} + name)};
  }
  CHECK(StoredSnapshot::find_newest(folder.path()) == folder.file("fields/fields_100000000.h5"));
}

TEST_CASE("the cell of a value is named in the order of the axes") {
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
  CHECK(all[0].values == 2);
  CHECK(all[0].difference.values == 1);
  CHECK(all[0].first_cell == "(1)");
  CHECK(all[4].first_cell.empty());
}
