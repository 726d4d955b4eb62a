#include "base/error.h"
#include "rundir/field_files.h"
#include "support/temporary_folder.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace tessera;

TEST_CASE("the newest field file has the highest step, regardless of the number of digits") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("fields"));
  for (const std::string name :
       {"fields_00000002.h5", "fields_99999999.h5", "fields_100000000.h5", "fields_200000000.h5.part",
        "fields_x.h5", "fields_-300000000.h5", "fields_99999999999999999999.h5", "other.h5", "fields.xdmf"})
    folder.write("fields/" + name, "");
  const rundir::FieldFile newest = rundir::newest_field_file(folder.path());
  CHECK(newest.step == 100000000);
  CHECK(newest.path == folder.file(rundir::field_file_name(100000000)));
  CHECK(rundir::field_file_name(2) == "fields/fields_00000002.h5");
  CHECK(rundir::step_of_field_file(rundir::field_file_name(2)) == 2);
  CHECK(rundir::step_of_field_file("run/fields_7/other.h5") == std::nullopt);
}

TEST_CASE("a directory without field files has no newest one") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(rundir::newest_field_file(folder.path()), base::Error);
  std::filesystem::create_directory(folder.file("fields"));
  folder.write("fields/fields.xdmf", "");
  CHECK_THROWS_AS(rundir::newest_field_file(folder.path()), base::Error);
}
