#include "base/contract.h"
#include "base/error.h"
#include "support/temporary_folder.h"
#include "table/table.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

using tessera::base::Error;
using tessera::base::ExitCode;
using tessera::table::csv_text;
using tessera::table::CsvWriter;
using tessera::test::bytes_of;
using tessera::test::TemporaryFolder;

TEST_CASE("values are formatted as the shortest text that is read back as the same value") {
  CHECK(csv_text(std::int64_t{-12}) == "-12");
  CHECK(csv_text(0.1) == "0.1");
  CHECK(csv_text(1.0 / 3.0) == "0.3333333333333333");
  CHECK(csv_text(1e300) == "1e+300");
  CHECK(csv_text(-0.0) == "-0");
  CHECK(csv_text(-std::nan("")) == "nan");
  CHECK(csv_text(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(csv_text(std::string("Malé")) == "Malé");
  CHECK(csv_text(std::string("a,b")) == "\"a,b\"");
  CHECK(csv_text(std::string("a \"b\"")) == "\"a \"\"b\"\"\"");
}

TEST_CASE("rows are in the file as soon as write_row() returns") {
  const TemporaryFolder folder;
  CsvWriter table{folder.file("d.csv"), {"step", "time_s", "mass [m^3]"}};
  CHECK(bytes_of(table.path()) == "step,time_s,mass [m^3]\n");
  table.write_row({std::int64_t{0}, 0.0, 1.5});
  CHECK(bytes_of(table.path()) == "step,time_s,mass [m^3]\n0,0,1.5\n");
  table.write_row({std::int64_t{10}, 0.25, 0.1});
  table.close();
  CHECK(bytes_of(table.path()) == "step,time_s,mass [m^3]\n0,0,1.5\n10,0.25,0.1\n");
  CHECK_THROWS_AS(table.write_row({std::int64_t{1}}), tessera::base::ContractViolation);
}

TEST_CASE("a table that cannot be written is reported with its path") {
  const TemporaryFolder folder;
  const auto error_code = [](const std::string& path) {
    try {
      CsvWriter table{path, {"a"}};
    } catch (const Error& error) {
      CHECK_THAT(error.text(), Catch::Contains(path));
      return error.code();
    }
    return ExitCode::done;
  };
  const std::string existing = folder.write("existing.csv", "old content");
  CHECK(error_code(existing) == ExitCode::cannot_create);
  CHECK(bytes_of(existing) == "old content");
  CHECK(error_code(folder.file("missing/a.csv")) == ExitCode::cannot_create);
  CHECK(error_code(folder.path()) == ExitCode::cannot_create);
  CHECK(error_code("/dev/full") == ExitCode::io_error);
}
