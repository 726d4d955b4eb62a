#include "base/error.h"
#include "table/csv_reader.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace tessera;

namespace {

using Texts = std::vector<std::vector<std::string>>;

Texts texts(const std::string& content) {
  Texts out;
  for (const table::CsvRow& row : table::split_csv(content, "a.csv")) {
    out.emplace_back();
    for (const table::CsvField& field : row) out.back().push_back(field.text);
  }
  return out;
}

std::string problem(const std::string& content) {
  try {
    table::split_csv(content, "a.csv");
  } catch (const base::Error& e) {
    CHECK(e.code() == base::ExitCode::bad_data);
    return e.problem();
  }
  return {};
}

}  // namespace

TEST_CASE("CSV files are split into rows and fields") {
  const Texts expected{{"time", "level"}, {"0", "1.5"}, {"60", ""}};
  CHECK(texts("time,level\n0,1.5\n60,\n") == expected);
  CHECK(texts("time,level\n0,1.5\n60,") == expected);
  CHECK(texts("\xef\xbb\xbftime,level\r\n0,1.5\r\n60,\r\n\r\n \n") == expected);
  CHECK(texts(" time ,\tlevel\n 0,1.5 \n60 , \n") == expected);
  CHECK(texts("\"time\",\"level\"\n\"0\", \"1.5\" \n\"60\",\"\"\n") == expected);
  CHECK(texts("\"a \"\"b\"\", c\",d\r\n1,\"2\"\r\n") == Texts{{"a \"b\", c", "d"}, {"1", "2"}});
  CHECK(texts("") == Texts{});
  CHECK(texts("\n\n") == Texts{});
  CHECK(texts("a\n1\n") == Texts{{"a"}, {"1"}});
}

TEST_CASE("fields have the location at which they begin") {
  const auto rows = table::split_csv("t,h\xc3\xb6he, \"x\"\r\n10,  20,30\n", "a.csv");
  CHECK(rows[0][1].place("a.csv") == "a.csv:1:3");
  CHECK(rows[0][2].place("a.csv") == "a.csv:1:9");
  CHECK(rows[1][0].place("a.csv") == "a.csv:2:1");
  CHECK(rows[1][1].place("a.csv") == "a.csv:2:6");
  CHECK(rows[1][2].place("a.csv") == "a.csv:2:9");
}

TEST_CASE("text that is not a table in CSV is rejected with its location") {
  CHECK(problem("a,b\n1,2,3\n") == "a.csv:2:5: this row has 3 fields, and the first row 2");
  CHECK(problem("a,b\n1,2\n3\n4,5\n") == "a.csv:3:1: this row has 1 field, and the first row 2");
  CHECK(problem("a,b\n1,2\n\n4,5\n") == "a.csv:3:1: this row has 1 field, and the first row 2");
  CHECK(problem("a,b\n1,\"2\n3\",4\n") == "a.csv:2:3: this quoted field does not end on its line");
  CHECK(problem("a,b\n1,\"2\"x\n") == "a.csv:2:6: unexpected text after a quoted field");
  CHECK(problem("a,b\n1,2\"\n") == "a.csv:2:4: unexpected `\"` in a field");
  CHECK(problem("a,\xff\n1,2\n") == "`a.csv` is not a text file in UTF-8");
}
